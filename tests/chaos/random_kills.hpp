// Rounds of random kills: a fresh service under a stream of drops; workers, the supervisor or both are killed
// at random moments and at random calls, also while it recovers; now and then its store is lost or damaged.
// Then it may finish, and the books are compared.
//
// Used by one thread. What goes wrong is booked in Totals; std::exception if a service does not come up at
// all.
#pragma once

#include <cstdint>

#include "tests/chaos/totals.hpp"

namespace hrn::test {

// One round, wholly decided by seed and number (but for the moments at which the kills meet the programs).
// `most_kills`: no more than these.
void run_random_round(std::uint64_t seed, std::uint64_t round, std::uint64_t most_kills, Totals& totals);

}  // namespace hrn::test
