// What `hrn-ctl bench` and `hrn-ctl plan` are told. Plain values; filled by options.cpp through CLI11.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace hrn::ctl {

// How long one image takes on a device of speed 1, for both commands.
struct ServiceTimes {
    double service_ms = 100;
    std::string distribution = "lognormal";
    double sigma = 0.5;
};

struct BenchOptions {
    std::vector<int> counts{1, 2, 3, 4};  // of devices; each is measured
    std::vector<std::string> lists;       // "0,2": these devices, instead of counts
    std::vector<std::string> policies{"dynamic"};
    std::vector<std::string> images;       // files and folders for real workers
    bool simulated = false, real = false;  // whatever the machine has
    int tasks = 0;                         // images a run; 0: as many as there are, or 1,000 simulated
    int runs = 3;
    ServiceTimes times;
    std::vector<double> speeds;  // of the simulated devices
    double noise = 0.1;
    long seed = 1;
    std::string model;
    int batch_size = 0;  // 0: auto
    int prefetch = 2;
    std::string scratch;    // where the scratch services live; empty: the temporary folder
    std::string csv, plot;  // files to write
};

struct PlanOptions {
    long images = 0;
    std::string deadline;  // "90s", "15m", "2h", "1d"
    bool measured = false;
    ServiceTimes times;
    double confidence = 0.95;
    int most = 64;
    long seed = 1;
};

void add_bench_options(CLI::App& command, BenchOptions& options);
void add_plan_options(CLI::App& command, PlanOptions& options);
// "90s", "15m", "2h", "1d" or plain seconds, in seconds above 0; nothing for anything else.
[[nodiscard]] std::optional<double> duration_seconds(const std::string& text);

}  // namespace hrn::ctl
