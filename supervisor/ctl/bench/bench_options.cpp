#include "supervisor/ctl/bench/bench_options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>

namespace hrn::ctl {
namespace {

void add_times(CLI::App& command, ServiceTimes& times) {
    command.add_option("--service-ms", times.service_ms, "mean service time of a simulated image")
        ->check(CLI::Range(0.0, 3.6e6));
    command.add_option("--distribution", times.distribution, "of the service times")
        ->check(CLI::IsMember({"constant", "exponential", "lognormal"}));
    command.add_option("--sigma", times.sigma, "standard deviation of the logarithm, for lognormal")
        ->check(CLI::Range(0.0, 10.0));
}

}  // namespace

void add_bench_options(CLI::App& command, BenchOptions& options) {
    command.add_option("--devices", options.counts, "numbers of devices to measure (default 1,2,3,4)")
        ->delimiter(',')
        ->check(CLI::Range(1, 256));
    command.add_option("--list", options.lists, "these devices (0,2), instead of numbers; may be repeated");
    command.add_option("--policies", options.policies, "of dynamic, static, complexity")
        ->delimiter(',')
        ->check(CLI::IsMember({"dynamic", "static", "complexity"}));
    command.add_option("--images", options.images, "image files, or folders of them, for real workers");
    command.add_flag("--simulated", options.simulated, "hrn-worker-sim even where there are GPUs");
    command.add_flag("--real", options.real, "hrn-worker even where there is no GPU (on the CPU)");
    command.add_option("--tasks", options.tasks, "images a run")->check(CLI::Range(1, 1'000'000));
    command.add_option("--runs", options.runs, "of each configuration")->check(CLI::Range(1, 1000));
    add_times(command, options.times);
    command.add_option("--speeds", options.speeds, "relative speeds of the simulated devices (1,1,0.5)")
        ->delimiter(',')
        ->check(CLI::Range(0.001, 1000.0));
    command.add_option("--noise", options.noise, "of the simulated estimates (simulated.estimate_noise)")
        ->check(CLI::Range(0.0, 10.0));
    command.add_option("--seed", options.seed, "of the simulated times")->check(CLI::Range(0L, 1L << 53));
    command.add_option("--model", options.model, "model directory for real workers");
    command.add_option("--batch-size", options.batch_size, "images at once; 0: auto")
        ->check(CLI::Range(0, 64));
    command.add_option("--prefetch", options.prefetch, "scheduling.prefetch_batches")
        ->check(CLI::Range(1, 16));
    command.add_option("--scratch", options.scratch, "folder for the scratch services (/dev/shm: no disk)");
    command.add_option("--csv", options.csv, "write the table here, and one of each run's devices beside it");
    command.add_option("--plot", options.plot, "write throughput and efficiency here, as SVG");
}

void add_plan_options(CLI::App& command, PlanOptions& options) {
    command.add_option("--images", options.images, "how many")
        ->required()
        ->check(CLI::Range(1L, 100'000'000L));
    command.add_option("--deadline", options.deadline, "in which time (90s, 15m, 2h, 1d)")->required();
    command.add_flag("--measured", options.measured, "service times as the running service measured them");
    add_times(command, options.times);
    command
        .add_option("--confidence", options.confidence, "share of the simulated runs that must be in time")
        ->check(CLI::Range(0.5, 1.0));
    command.add_option("--most", options.most, "consider at most so many GPUs")->check(CLI::Range(1, 4096));
    command.add_option("--seed", options.seed, "of the simulation")->check(CLI::Range(0L, 1L << 53));
}

std::optional<double> duration_seconds(const std::string& text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string unit(static_cast<const char*>(end), text.data() + text.size());
    double scale = 0;
    for (const auto& [name, seconds] :
         {std::pair("", 1.0), {"s", 1.0}, {"m", 60.0}, {"h", 3600.0}, {"d", 86'400.0}}) {
        scale = unit == name ? seconds : scale;
    }
    return error == std::errc{} && number > 0 && scale > 0 ? std::optional(number * scale) : std::nullopt;
}

}  // namespace hrn::ctl
