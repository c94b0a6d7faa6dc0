// A worker process from its first line to its exit status; hrn-worker and hrn-worker-sim differ in the Work
// that they make.
//
// Diagnostics: every way out is a row of shared/worker_launch.hpp's exit table, with one line on stderr,
// which the supervisor keeps.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "shared/config.hpp"
#include "shared/segment.hpp"
#include "shared/worker_launch.hpp"
#include "worker/runtime/estimate/estimator.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {

// Lives until the process ends.
struct WorkContext {
    const Config& config;
    const WorkerLaunch& launch;
    ReportsSegment* reports;  // for hrn-worker-sim, which writes garbage into it when told
};
// For the role `estimate`, which needs no device and writes nothing (worker/runtime/estimate).
using EstimatorFactory = std::function<std::unique_ptr<Estimator>(const Config&)>;
using WorkFactory = std::function<std::unique_ptr<Work>(const WorkContext&)>;

// The exit status. Does not return where threads would have to be left behind.
[[nodiscard]] int run_worker(int argc, char** argv, std::string_view program, const WorkFactory& make_work,
                             const EstimatorFactory& make_estimator);

}  // namespace hrn::runtime
