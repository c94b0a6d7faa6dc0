// The power goes at every call that changes or syncs a file, one after the other; the service is started on
// what a disk would have kept.
//
// Used by one thread. What goes wrong is booked in Totals. Throws std::runtime_error where nothing can be
// mounted.
#pragma once

#include <cstdint>

#include "tests/chaos/totals.hpp"

namespace hrn::test {

// `stride`: only every so many-th call.
void cut_power(std::uint64_t seed, std::uint64_t stride, Totals& totals);

}  // namespace hrn::test
