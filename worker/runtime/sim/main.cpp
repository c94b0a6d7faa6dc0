// hrn-worker-sim: speaks the worker protocol and computes nothing. Started by hrn-supervisor only.
#include "worker/runtime/sim/sim_estimator.hpp"
#include "worker/runtime/sim/sim_work.hpp"
#include "worker/runtime/worker_main.hpp"

int main(int argc, char** argv) {
    using namespace hrn::runtime;
    return run_worker(
        argc, argv, "hrn-worker-sim",
        [](const WorkContext& context) { return std::make_unique<sim::SimWork>(context); },
        [](const hrn::Config& config) { return std::make_unique<sim::SimEstimator>(config); });
}
