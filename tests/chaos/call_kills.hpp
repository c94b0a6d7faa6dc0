// A kill right before and right after every durable call (fault_block.hpp) of every program, one after the
// other: N = 1, 2, 3, … until a whole run goes through without an N-th call.
//
// Used by one thread. What goes wrong is booked in Totals.
#pragma once

#include <cstdint>

#include "tests/chaos/series.hpp"
#include "tests/chaos/totals.hpp"

namespace hrn::test {

// Runs the supervisor from its first start, the supervisor's recovery of a service that was killed in the
// middle of its work, the worker, and `hrn-ctl submit`.
void kill_at_calls(const Series& series, Totals& totals);

}  // namespace hrn::test
