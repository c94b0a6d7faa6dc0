// Each call of supervisor and worker fails once, or a few in a row: full disk, quota, read-only and broken
// disk, no descriptors, no memory. The service goes on, or exits and is started again as systemd would do it;
// nothing is lost, and no task pays for a disk.
//
// Used by one thread. What goes wrong is booked in Totals.
#pragma once

#include <cstdint>

#include "tests/chaos/share.hpp"
#include "tests/chaos/totals.hpp"

namespace hrn::test {

// `stride`: only every so many-th N; of these, the share of one of several processes.
void fail_calls(std::uint64_t seed, std::uint64_t stride, Share share, Totals& totals);

}  // namespace hrn::test
