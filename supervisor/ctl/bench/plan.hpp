// `hrn-ctl plan`: how many GPUs for N images by a deadline? By simulation (capacity.hpp) with given service
// times, or with those that the running service measured.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// Exit failed when even the most GPUs considered are too few. Throws CommandError, NoSupervisor (--measured).
[[nodiscard]] Exit plan(const Options& options, const Console& console);

// Seconds that one device needed for each of the sampled images, from an answer to `stats` with samples: the
// time in infer divided by the images that shared it, or that of decode or write where they are the
// bottleneck (one thread each assumed).
[[nodiscard]] std::vector<double> device_seconds(const nlohmann::json& stats);

}  // namespace hrn::ctl
