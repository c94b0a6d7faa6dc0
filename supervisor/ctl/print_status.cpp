#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"
#include "supervisor/ctl/table.hpp"

namespace hrn::ctl {
namespace {

std::string throughput_text(const nlohmann::json& status) {
    const auto found = status.find("throughput");
    const auto rate = found == status.end() ? std::nullopt : number_at(*found, "per_second");
    return short_number(rate) + " images/s";
}

void print_totals(const Console& console, const nlohmann::json& status) {
    Table totals({{"WAITING", Align::right},
                  {"QUEUED", Align::right},
                  {"RUNNING", Align::right},
                  {"DONE", Align::right},
                  {"FAILED", Align::right},
                  {"QUARANTINED", Align::right},
                  {"IGNORED", Align::right}});
    std::vector<std::string> cells;
    for (const char* key : {"waiting", "queued", "running", "done", "failed", "quarantined", "ignored"}) {
        cells.push_back(count_at(status, key));
    }
    totals.add(std::move(cells));
    totals.print(console);
}

void print_worker_rows(const Console& console, const nlohmann::json& workers) {
    Table table({{"WORKER", Align::right},
                 {"DEVICE", Align::left, true},
                 {"STATE"},
                 {"TASKS", Align::right},
                 {"DONE", Align::right},
                 {"FAILED", Align::right},
                 {"MEAN s", Align::right},
                 {"BUSY", Align::right},
                 {"RESTARTS", Align::right}});
    table.colour_states("STATE");
    for (const nlohmann::json& worker : workers) {
        table.add({text_at(worker, "index"), text_at(worker, "device"), text_at(worker, "state"),
                   std::to_string(list_at(worker, "task_ids").size()), count_at(worker, "completed"),
                   count_at(worker, "failed"), short_number(number_at(worker, "mean_seconds")),
                   percent_text(number_at(worker, "utilization")), count_at(worker, "restarts")});
    }
    table.print(console);
}

}  // namespace

void print_json(const Console& console, const nlohmann::json& json) {
    console.out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_wrapped(const Console& console, const std::string& text, std::size_t indent, std::size_t used) {
    std::string line;
    std::size_t width = kWidth - used;
    std::size_t begin = 0;
    const auto flush = [&] {
        console.out << line << "\n";
        line.assign(indent, ' ');
        width = kWidth;
    };
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        const std::string word = text.substr(begin, end - begin);
        const bool blank = line.find_first_not_of(' ') == std::string::npos;
        if (!blank && display_width(line) + 1 + display_width(word) > width) {
            flush();
            line += word;
        } else {
            line.append(blank ? "" : " ").append(word);
        }
        begin = end + 1;
    }
    flush();
}

void print_status(const Console& console, const nlohmann::json& status) {
    const std::string state = text_at(status, "state");
    const std::string intake = text_at(status, "intake");
    console.out << "hrn " << console.paint(state, colour_of_state(state)) << ", intake "
                << console.paint(intake, colour_of_state(intake)) << ", up "
                << duration_text(number_at(status, "uptime_seconds").value_or(-1)) << ", "
                << throughput_text(status) << "\n\n";
    print_totals(console, status);
    if (const auto& workers = list_at(status, "workers"); !workers.empty()) {
        console.out << "\n";
        print_worker_rows(console, workers);
    }
    for (const nlohmann::json& problem : list_at(status, "problems")) {
        console.out << "\n" << console.paint("problem ", Colour::red);
        print_wrapped(console,
                      text_at(problem, "code") + " since " + time_text(text_at(problem, "since")) + ": " +
                          text_at(problem, "text"),
                      4);
    }
}

void print_workers(const Console& console, const nlohmann::json& workers) {
    if (workers.empty()) {
        console.out << "no workers\n";
        return;
    }
    print_worker_rows(console, workers);
    for (const nlohmann::json& worker : workers) {
        console.out << "\n";
        print_wrapped(console,
                      text_at(worker, "index") + ": pid " + text_at(worker, "pid") + ", " +
                          short_number(number_at(worker, "rss_mb")) + " MB, on device " +
                          short_number(number_at(worker, "gpu_mb")) + " MB, precision " +
                          text_at(worker, "precision") + ", front end " + text_at(worker, "front_end") +
                          ", " + text_at(worker, "state") + " since " + time_text(text_at(worker, "since")),
                      3);
        if (text_at(worker, "reason") != "-") {
            print_wrapped(console, "   " + text_at(worker, "reason"), 3);
        }
        for (const nlohmann::json& task : list_at(worker, "tasks")) {
            console.out << "   " << text_at(task, "id") << "  " << text_at(task, "stage") << "\n";
        }
    }
}

void print_gpus(const Console& console, const nlohmann::json& gpus) {
    if (gpus.empty()) {
        console.out << "no GPUs (or no NVML to see them by)\n";
        return;
    }
    Table table({{"GPU", Align::right},
                 {"NAME", Align::left, true},
                 {"UUID", Align::left, true},
                 {"MEMORY MB", Align::right},
                 {"USE", Align::right},
                 {"C", Align::right},
                 {"W", Align::right},
                 {"AGE s", Align::right},
                 {"WORKERS", Align::left, true}});
    for (const nlohmann::json& gpu : gpus) {
        std::string workers;
        for (const nlohmann::json& index : list_at(gpu, "workers")) {
            workers.append(workers.empty() ? "" : ",").append(index.dump());
        }
        const auto whole = [&](const char* key) {
            const auto number = number_at(gpu, key);
            return number ? std::to_string(static_cast<long long>(*number)) : std::string("-");
        };
        table.add({text_at(gpu, "index"), text_at(gpu, "name"), text_at(gpu, "uuid"),
                   whole("memory_used_mb") + "/" + whole("memory_total_mb"),
                   percent_text(number_at(gpu, "utilization")), whole("temperature_c"), whole("power_w"),
                   short_number(number_at(gpu, "age_seconds")), workers.empty() ? "-" : workers});
    }
    table.print(console);
}

}  // namespace hrn::ctl
