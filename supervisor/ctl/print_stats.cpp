#include <nlohmann/json.hpp>

#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"
#include "supervisor/ctl/table.hpp"

namespace hrn::ctl {
namespace {

void print_devices(const Console& console, const nlohmann::json& devices) {
    Table table({{"DEVICE", Align::left, true},
                 {"NAME", Align::left, true},
                 {"WORKERS", Align::right},
                 {"DONE", Align::right},
                 {"FAILED", Align::right},
                 {"TOTAL s", Align::right},
                 {"MEAN s", Align::right},
                 {"BUSY", Align::right}});
    for (const nlohmann::json& device : devices) {
        const nlohmann::json workers = device.value("workers", nlohmann::json());
        table.add({text_at(device, "device"), text_at(device, "name"),
                   workers.is_array() ? std::to_string(workers.size()) : text_at(device, "workers"),
                   count_at(device, "completed"), count_at(device, "failed"),
                   short_number(number_at(device, "total_seconds")),
                   short_number(number_at(device, "mean_seconds")),
                   percent_text(number_at(device, "utilization"))});
    }
    table.print(console);
}

void print_stages(const Console& console, const nlohmann::json& devices) {
    Table table({{"DEVICE", Align::left, true},
                 {"STAGE"},
                 {"COUNT", Align::right},
                 {"MEAN s", Align::right},
                 {"P50", Align::right},
                 {"P95", Align::right},
                 {"P99", Align::right}});
    for (const nlohmann::json& device : devices) {
        const nlohmann::json stages = device.value("stages", nlohmann::json::object());
        for (const char* stage : {"decode", "infer", "write", "total"}) {
            if (!stages.is_object() || !stages.contains(stage)) {
                continue;
            }
            const nlohmann::json& numbers = stages[stage];
            table.add({text_at(device, "device"), stage, count_at(numbers, "count"),
                       short_number(number_at(numbers, "mean")), short_number(number_at(numbers, "p50")),
                       short_number(number_at(numbers, "p95")), short_number(number_at(numbers, "p99"))});
        }
    }
    if (!table.empty()) {
        console.out << "\n";
        table.print(console);
    }
}

// How far predictions were from what was measured, as a share of the mean.
void print_predictions(const Console& console, const nlohmann::json& devices) {
    Table table({{"DEVICE", Align::left, true},
                 {"PREDICTED", Align::right},
                 {"COST MODEL", Align::right},
                 {"SCORE", Align::right},
                 {"MEAN ONLY", Align::right}});
    for (const nlohmann::json& device : devices) {
        const nlohmann::json quality = device.value("predictions", nlohmann::json());
        const auto mean = quality.is_object() ? number_at(quality, "mean_seconds") : std::nullopt;
        if (!mean || *mean <= 0) {
            continue;
        }
        const auto share = [&](const char* key) {
            const auto error = number_at(quality, key);
            return error ? percent_text(*error / *mean) : std::string("-");
        };
        table.add({text_at(device, "device"), count_at(quality, "count"), share("cost_error"),
                   share("score_error"), share("mean_error")});
    }
    if (!table.empty()) {
        console.out << "\nmean error of the predicted seconds\n";
        table.print(console);
    }
}

}  // namespace

void print_stats(const Console& console, const nlohmann::json& stats) {
    const auto& devices = list_at(stats, "devices");
    console.out << "since " << time_text(text_at(stats, "since")) << "\n\n";
    if (devices.empty()) {
        console.out << "no devices\n";
        return;
    }
    print_devices(console, devices);
    print_stages(console, devices);
    print_predictions(console, devices);
}

}  // namespace hrn::ctl
