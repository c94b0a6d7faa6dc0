// Each call of supervisor and worker fails once, or a few in a row: full disk, quota, read-only and broken
// disk, no descriptors, no memory. The service goes on, or exits and is started again as systemd would do it;
// nothing is lost, and no task pays for a disk.
//
// Used by one thread. What goes wrong is booked in Totals.
#pragma once

#include <cstdint>

#include "tests/chaos/series.hpp"
#include "tests/chaos/totals.hpp"

namespace hrn::test {

void fail_calls(const Series& series, Totals& totals);

}  // namespace hrn::test
