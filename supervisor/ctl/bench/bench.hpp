// `hrn-ctl bench`: throughput and efficiency by number of devices and policy, each configuration measured
// several times in a scratch service (bench_run.hpp), then shown (bench_report.hpp). Needs no running
// service.
#pragma once

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// Throws CommandError. Exit failed when an image failed.
[[nodiscard]] Exit bench(const Options& options, const Console& console);

}  // namespace hrn::ctl
