// The figures of `hrn-ctl bench`: one row a configuration (mean and deviation over its runs, throughput,
// speed-up, efficiency), and how they are shown: table, CSV, SVG, JSON. Pure but for the files it is told to
// write.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "supervisor/ctl/bench/bench_run.hpp"
#include "supervisor/ctl/console.hpp"

namespace hrn::ctl {

struct BenchRow {
    BenchCase what;
    int images = 0;
    std::vector<BenchRun> runs;
    double mean_seconds = 0, deviation = 0;  // of the sample; 0 for one run
    double images_per_second = 0;
    // Against one device: this policy's own row of one, else, simulated, a device of speed 1 that is never
    // idle; else, real, a device's share of the row with the fewest.
    double speed_up = 0;
    double efficiency = 0;  // simulated: share of the devices' speed that was used; real: speed-up per device
    double work_seconds = 0, ideal_seconds = 0, bound_seconds = 0;  // means; simulated only
    long failed = 0;
};

[[nodiscard]] std::vector<BenchRow> summarise(const std::vector<BenchCase>& cases,
                                              const std::vector<std::vector<BenchRun>>& runs, int images,
                                              bool simulated);
void print_bench(const Console& console, const std::vector<BenchRow>& rows);
[[nodiscard]] nlohmann::json bench_json(const std::vector<BenchRow>& rows, bool simulated);
[[nodiscard]] std::string bench_csv(const std::vector<BenchRow>& rows);
[[nodiscard]] std::string devices_csv(const std::vector<BenchRow>& rows);
[[nodiscard]] std::string bench_svg(const std::vector<BenchRow>& rows, const std::string& title);
// Throws CommandError(failed) naming the file.
void write_text(const std::string& path, const std::string& text);

}  // namespace hrn::ctl
