// A kill right before and right after every durable call (fault_block.hpp) of every program, one after the
// other: N = 1, 2, 3, … until a whole run goes through without an N-th call.
//
// Used by one thread. What goes wrong is booked in Totals.
#pragma once

#include <cstdint>

#include "tests/chaos/share.hpp"
#include "tests/chaos/totals.hpp"

namespace hrn::test {

// `stride`: only every so many-th N; of these, the share of one of several processes. Runs the supervisor
// from its first start, the supervisor's recovery of a service that was killed in the middle of its work, the
// worker, and `hrn-ctl submit`.
void kill_at_calls(std::uint64_t seed, std::uint64_t stride, Share share, Totals& totals);

}  // namespace hrn::test
