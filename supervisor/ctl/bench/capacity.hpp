// How long would N images take on k devices? By simulation: whichever device is free takes the next image, as
// policy dynamic does, with service times drawn from a distribution or from what a service measured. Many
// runs give the spread. Pure; the same seed gives the same answer.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "supervisor/ctl/bench/bench_options.hpp"

namespace hrn::ctl {

using Random = std::mt19937_64;
using DrawSeconds = std::function<double(Random&)>;  // one image on one device, above 0

[[nodiscard]] DrawSeconds draw_from(const ServiceTimes& times);
// `seconds`: not empty; each is as likely as the others.
[[nodiscard]] DrawSeconds draw_from(std::vector<double> seconds);

// Sorted makespans of `runs` simulated runs, in seconds.
[[nodiscard]] std::vector<double> simulate(long images, int devices, const DrawSeconds& draw, int runs,
                                           std::uint64_t seed);
// So many runs as can be afforded for so many images.
[[nodiscard]] int runs_for(long images);

struct CapacityRow {
    int devices = 0;
    double mean_seconds = 0;
    double sure_seconds = 0;  // not exceeded by the wanted share of the runs
    bool in_time = false;
};
struct CapacityPlan {
    std::optional<int> devices;     // the fewest that are enough
    std::vector<CapacityRow> rows;  // what was looked at, by number of devices
};
[[nodiscard]] CapacityPlan plan_capacity(long images, double deadline, double confidence, int most,
                                         const DrawSeconds& draw, std::uint64_t seed);

}  // namespace hrn::ctl
