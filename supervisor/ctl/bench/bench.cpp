#include "supervisor/ctl/bench/bench.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "supervisor/ctl/bench/bench_report.hpp"
#include "supervisor/ctl/bench/bench_run.hpp"

namespace hrn::ctl {
namespace {

std::string devices_file(const std::string& csv) {
    const std::size_t dot = csv.rfind('.');
    const bool has_ending = dot != std::string::npos && csv.find('/', dot) == std::string::npos;
    return has_ending ? csv.substr(0, dot) + ".devices" + csv.substr(dot) : csv + ".devices";
}

std::string title_of(const BenchOptions& options, const BenchSetup& setup) {
    std::string title =
        std::to_string(setup.tasks) + " images, " + (setup.simulated ? "simulated" : "real") + " workers";
    if (setup.simulated) {
        title += ", " + options.times.distribution;
    }
    return title;
}

}  // namespace

Exit bench(const Options& options, const Console& console) {
    const BenchOptions& wanted = options.bench;
    const BenchSetup setup = prepare_bench(wanted);
    const std::vector<BenchCase> cases = bench_cases(wanted, setup);
    if (!options.json) {
        console.out << (setup.simulated ? "simulated workers (hrn-worker-sim): nothing is computed\n"
                                        : "real workers (hrn-worker)\n");
        console.out.flush();
    }
    std::vector<std::vector<BenchRun>> runs;
    for (const BenchCase& what : cases) {
        runs.emplace_back();
        for (int i = 0; i < wanted.runs; ++i) {
            if (console.progress) {
                console.err << what.policy << ", " << what.devices.size()
                            << (what.devices.size() == 1 ? " device, run " : " devices, run ") << i + 1
                            << " of " << wanted.runs << "\n";
            }
            runs.back().push_back(run_bench(wanted, setup, what));
        }
    }
    const std::vector<BenchRow> rows = summarise(cases, runs, setup.tasks, setup.simulated);
    if (options.json) {
        console.out << bench_json(rows, setup.simulated).dump(2) << "\n";
    } else {
        print_bench(console, rows);
    }
    if (!wanted.csv.empty()) {
        write_text(wanted.csv, bench_csv(rows));
        write_text(devices_file(wanted.csv), devices_csv(rows));
    }
    if (!wanted.plot.empty()) {
        write_text(wanted.plot, bench_svg(rows, title_of(wanted, setup)));
    }
    const bool all_done =
        std::all_of(rows.begin(), rows.end(), [](const BenchRow& row) { return row.failed == 0; });
    return all_done ? Exit::done : Exit::failed;
}

}  // namespace hrn::ctl
