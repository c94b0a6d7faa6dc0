// One run of one configuration of `hrn-ctl bench`: a scratch service, its images dropped at one stroke, timed
// from there until the last one is recorded. What is known of the work is taken from the results, what each
// device did from the service's own statistics.
#pragma once

#include <string>
#include <vector>

#include "supervisor/ctl/bench/bench_options.hpp"

namespace hrn::ctl {

// What is measured: so many devices (or these), under this policy.
struct BenchCase {
    std::string policy;
    std::vector<std::string> devices;  // real ones; for simulated ones only their number counts
};

struct DeviceShare {
    std::string device;
    long images = 0;
    double total_seconds = 0;  // the stages of its images together
    double mean_seconds = 0;
    double utilization = 0;  // share of the run in which it held an image
};

struct BenchRun {
    double seconds = 0;
    long done = 0, failed = 0;
    std::vector<DeviceShare> devices;
    // Simulated runs only, else 0: what one device of speed 1 would compute, what the perfect schedule would
    // need, and list scheduling's bound.
    double work_seconds = 0, ideal_seconds = 0, bound_seconds = 0;
};

// What stays the same in all runs.
struct BenchSetup {
    bool simulated = true;
    std::vector<std::string> images;  // absolute paths, for real workers
    int tasks = 0;
};

// Chooses real or simulated workers and finds the images. Throws CommandError(usage).
[[nodiscard]] BenchSetup prepare_bench(const BenchOptions& options);
// GPUs that this machine shows to its driver.
[[nodiscard]] int count_gpus();
[[nodiscard]] std::vector<BenchCase> bench_cases(const BenchOptions& options, const BenchSetup& setup);
// Throws CommandError(failed).
[[nodiscard]] BenchRun run_bench(const BenchOptions& options, const BenchSetup& setup, const BenchCase& what);

}  // namespace hrn::ctl
