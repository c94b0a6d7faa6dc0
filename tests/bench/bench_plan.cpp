// Does `hrn-ctl plan` foretell what the service needs? For several numbers of devices and distributions the
// simulated makespan is set beside the one that hrn-worker-sim took in a scratch service.
//
//   bench_plan [--tasks N] [--service-ms MS] [--scratch DIR] [--tolerance SHARE] [--assert]
//
// --assert: exit status 1 when a measured time lies further from the predicted mean than --tolerance (and
// more than the simulation's own spread).
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>

#include "supervisor/ctl/bench/bench_run.hpp"
#include "supervisor/ctl/bench/capacity.hpp"

namespace {

using namespace hrn::ctl;

struct Compared {
    double predicted = 0, low = 0, high = 0, measured = 0;
};

Compared compare(BenchOptions options, int devices, const char* distribution) {
    options.times.distribution = distribution;
    const BenchSetup setup = prepare_bench(options);
    const std::vector<double> makespans =
        simulate(setup.tasks, devices, draw_from(options.times), runs_for(setup.tasks), 1);
    const BenchRun run = run_bench(
        options, setup, {"dynamic", std::vector<std::string>(static_cast<std::size_t>(devices), "cpu")});
    const double sum = std::accumulate(makespans.begin(), makespans.end(), 0.0);
    return {sum / static_cast<double>(makespans.size()), makespans.front(), makespans.back(), run.seconds};
}

}  // namespace

int main(int argc, char** argv) try {
    BenchOptions options;
    options.simulated = true;
    options.tasks = 300;
    options.times.service_ms = 50;
    options.times.sigma = 1;
    double tolerance = 0.1;
    bool check = false;
    CLI::App app{"the planned time beside the measured one"};
    app.add_option("--tasks", options.tasks, "images a run");
    app.add_option("--service-ms", options.times.service_ms, "mean service time");
    app.add_option("--scratch", options.scratch, "folder for the scratch services");
    app.add_option("--tolerance", tolerance, "share of the predicted mean");
    app.add_flag("--assert", check, "exit 1 when a prediction was wrong");
    CLI11_PARSE(app, argc, argv);

    bool all_right = true;
    std::printf("%-12s %7s %12s %22s %12s\n", "distribution", "devices", "predicted s", "simulated runs s",
                "measured s");
    for (const char* distribution : {"constant", "exponential", "lognormal"}) {
        for (const int devices : {1, 3, 8}) {
            const Compared found = compare(options, devices, distribution);
            std::printf("%-12s %7d %12.3f %10.3f..%10.3f %12.3f\n", distribution, devices, found.predicted,
                        found.low, found.high, found.measured);
            const double slack = tolerance * found.predicted;
            all_right =
                all_right && found.measured >= found.low - slack && found.measured <= found.high + slack;
        }
    }
    if (!all_right) {
        std::printf("a measured time lies outside the simulated runs by more than the tolerance\n");
    }
    return check && !all_right ? 1 : 0;
} catch (const std::exception& error) {
    std::cerr << "bench_plan: " << error.what() << '\n';
    return 1;
}
