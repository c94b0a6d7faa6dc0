#include "supervisor/ctl/bench/bench_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "supervisor/ctl/bench/svg_bars.hpp"
#include "supervisor/ctl/exit_status.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"
#include "supervisor/ctl/table.hpp"

namespace hrn::ctl {
namespace {

std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

BenchRow row_of(const BenchCase& what, const std::vector<BenchRun>& runs, int images) {
    BenchRow row;
    row.what = what;
    row.images = images;
    row.runs = runs;
    const auto count = static_cast<double>(runs.size());
    for (const BenchRun& run : runs) {
        row.mean_seconds += run.seconds / count;
        row.work_seconds += run.work_seconds / count;
        row.ideal_seconds += run.ideal_seconds / count;
        row.bound_seconds += run.bound_seconds / count;
        row.failed += run.failed;
    }
    double squares = 0;
    for (const BenchRun& run : runs) {
        squares += (run.seconds - row.mean_seconds) * (run.seconds - row.mean_seconds);
    }
    row.deviation = runs.size() > 1 ? std::sqrt(squares / (count - 1)) : 0;
    row.images_per_second = images / row.mean_seconds;
    return row;
}

std::string device_count(const BenchRow& row) {
    return std::to_string(row.what.devices.size());
}

std::string devices_in_words(const BenchRow& row) {
    return device_count(row) + (row.what.devices.size() == 1 ? " device" : " devices");
}

std::string device_list(const BenchRow& row) {
    std::string text;
    for (const std::string& device : row.what.devices) {
        text += (text.empty() ? "" : "+") + device;
    }
    return text;
}

}  // namespace

std::vector<BenchRow> summarise(const std::vector<BenchCase>& cases,
                                const std::vector<std::vector<BenchRun>>& runs, int images, bool simulated) {
    std::vector<BenchRow> rows;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        rows.push_back(row_of(cases[i], runs[i], images));
    }
    for (BenchRow& row : rows) {
        const BenchRow* base = nullptr;
        for (const BenchRow& other : rows) {
            if (other.what.policy == row.what.policy &&
                (base == nullptr || other.what.devices.size() < base->what.devices.size())) {
                base = &other;
            }
        }
        const double base_rate = base->images_per_second / static_cast<double>(base->what.devices.size());
        const bool measured = !simulated || base->what.devices.size() == 1;
        row.speed_up = measured ? row.images_per_second / base_rate : row.work_seconds / row.mean_seconds;
        row.efficiency = simulated ? row.ideal_seconds / row.mean_seconds
                                   : row.speed_up / static_cast<double>(row.what.devices.size());
    }
    return rows;
}

void print_bench(const Console& console, const std::vector<BenchRow>& rows) {
    Table table({{"POLICY"},
                 {"GPUS", Align::right},
                 {"RUNS", Align::right},
                 {"SECONDS", Align::right},
                 {"+-", Align::right},
                 {"IMAGES/s", Align::right},
                 {"SPEED-UP", Align::right},
                 {"EFFICIENCY", Align::right},
                 {"FAILED", Align::right}});
    for (const BenchRow& row : rows) {
        table.add({row.what.policy, device_count(row), std::to_string(row.runs.size()),
                   fixed(row.mean_seconds, 3), fixed(row.deviation, 3), short_number(row.images_per_second),
                   fixed(row.speed_up, 3), fixed(row.efficiency, 4), std::to_string(row.failed)});
    }
    table.print(console);
    console.out << "\nthe last run of each, by device\n";
    Table devices({{"POLICY"},
                   {"GPUS", Align::right},
                   {"DEVICE", Align::left, true},
                   {"IMAGES", Align::right},
                   {"TOTAL s", Align::right},
                   {"MEAN s", Align::right},
                   {"BUSY", Align::right}});
    for (const BenchRow& row : rows) {
        for (const DeviceShare& share : row.runs.back().devices) {
            devices.add({row.what.policy, device_count(row), share.device, std::to_string(share.images),
                         fixed(share.total_seconds, 2), short_number(share.mean_seconds),
                         percent_text(share.utilization)});
        }
    }
    devices.print(console);
    for (const BenchRow& row : rows) {
        if (row.ideal_seconds > 0) {
            print_wrapped(console,
                          row.what.policy + ", " + devices_in_words(row) + ": " + fixed(row.mean_seconds, 3) +
                              " s; total work / total speed: " + fixed(row.ideal_seconds, 3) + " s (" +
                              fixed(100 * (row.mean_seconds / row.ideal_seconds - 1), 2) +
                              " % more); list scheduling's bound: " + fixed(row.bound_seconds, 3) + " s",
                          2);
        }
    }
}

nlohmann::json bench_json(const std::vector<BenchRow>& rows, bool simulated) {
    nlohmann::json list = nlohmann::json::array();
    for (const BenchRow& row : rows) {
        nlohmann::json runs = nlohmann::json::array();
        for (const BenchRun& run : row.runs) {
            nlohmann::json devices = nlohmann::json::array();
            for (const DeviceShare& share : run.devices) {
                devices.push_back({{"device", share.device},
                                   {"images", share.images},
                                   {"total_seconds", share.total_seconds},
                                   {"mean_seconds", share.mean_seconds},
                                   {"utilization", share.utilization}});
            }
            runs.push_back(
                {{"seconds", run.seconds}, {"failed", run.failed}, {"devices", std::move(devices)}});
        }
        const auto or_null = [&](double value) {
            return simulated ? nlohmann::json(value) : nlohmann::json();
        };
        list.push_back({{"policy", row.what.policy},
                        {"gpus", row.what.devices.size()},
                        {"images", row.images},
                        {"mean_seconds", row.mean_seconds},
                        {"deviation_seconds", row.deviation},
                        {"images_per_second", row.images_per_second},
                        {"speed_up", row.speed_up},
                        {"efficiency", row.efficiency},
                        {"ideal_seconds", or_null(row.ideal_seconds)},
                        {"bound_seconds", or_null(row.bound_seconds)},
                        {"failed", row.failed},
                        {"runs", std::move(runs)}});
    }
    return {{"workers", simulated ? "hrn-worker-sim" : "hrn-worker"}, {"configurations", std::move(list)}};
}

std::string bench_csv(const std::vector<BenchRow>& rows) {
    std::string text =
        "policy,gpus,devices,images,runs,mean_seconds,deviation_seconds,images_per_second,speed_up,"
        "efficiency,"
        "ideal_seconds,bound_seconds,failed\n";
    for (const BenchRow& row : rows) {
        text +=
            row.what.policy + "," + device_count(row) + "," + device_list(row) + "," +
            std::to_string(row.images) + "," + std::to_string(row.runs.size()) + "," +
            fixed(row.mean_seconds, 6) + "," + fixed(row.deviation, 6) + "," +
            fixed(row.images_per_second, 4) + "," + fixed(row.speed_up, 5) + "," + fixed(row.efficiency, 5) +
            "," +
            (row.ideal_seconds > 0 ? fixed(row.ideal_seconds, 6) + "," + fixed(row.bound_seconds, 6) : ",") +
            "," + std::to_string(row.failed) + "\n";
    }
    return text;
}

std::string devices_csv(const std::vector<BenchRow>& rows) {
    std::string text = "policy,gpus,run,device,images,total_seconds,mean_seconds,utilization\n";
    for (const BenchRow& row : rows) {
        for (std::size_t run = 0; run < row.runs.size(); ++run) {
            for (const DeviceShare& share : row.runs[run].devices) {
                text += row.what.policy + "," + device_count(row) + "," + std::to_string(run + 1) + "," +
                        share.device + "," + std::to_string(share.images) + "," +
                        fixed(share.total_seconds, 4) + "," + fixed(share.mean_seconds, 6) + "," +
                        fixed(share.utilization, 4) + "\n";
            }
        }
    }
    return text;
}

std::string bench_svg(const std::vector<BenchRow>& rows, const std::string& title) {
    BarPanel throughput{"images per second", {}, {}, 0}, efficiency{"efficiency", {}, {}, 1};
    std::vector<std::string> groups, policies;
    const auto index_in = [](std::vector<std::string>& list, const std::string& name) {
        const auto found = std::find(list.begin(), list.end(), name);
        if (found != list.end()) {
            return static_cast<std::size_t>(found - list.begin());
        }
        list.push_back(name);
        return list.size() - 1;
    };
    for (const BenchRow& row : rows) {
        index_in(groups, devices_in_words(row));
        index_in(policies, row.what.policy);
    }
    for (const std::string& policy : policies) {
        throughput.series.push_back(
            {policy, std::vector<double>(groups.size(), -1), std::vector<double>(groups.size(), 0)});
        efficiency.series.push_back({policy, std::vector<double>(groups.size(), -1), {}});
    }
    for (const BenchRow& row : rows) {
        const std::size_t group = index_in(groups, devices_in_words(row));
        const std::size_t series = index_in(policies, row.what.policy);
        throughput.series[series].values[group] = row.images_per_second;
        throughput.series[series].errors[group] = row.images_per_second * row.deviation / row.mean_seconds;
        efficiency.series[series].values[group] = row.efficiency;
    }
    throughput.groups = efficiency.groups = groups;
    return svg_bars(title, {throughput, efficiency});
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        throw CommandError(Exit::failed, "cannot write " + path);
    }
}

}  // namespace hrn::ctl
