#include "supervisor/ctl/report.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "shared/text.hpp"
#include "supervisor/ctl/bench/bench_report.hpp"
#include "supervisor/ctl/bench/svg_bars.hpp"
#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/json_view.hpp"

namespace hrn::ctl {
namespace {

constexpr int kFailuresShown = 100;
constexpr const char* kStyle =
    "body{font-family:sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse;margin:1em 0}"
    "th,td{border:1px solid #ccc;padding:.3em .6em;text-align:left}td.n{text-align:right}"
    ".running{color:#2f855a}.degraded,.paused,.draining,.starting{color:#c05621}";

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

// Rows of cells; a cell that begins with a digit stands to the right.
class HtmlTable {
public:
    explicit HtmlTable(const std::vector<std::string>& titles) {
        out_ = "<table><tr>";
        for (const std::string& title : titles) {
            out_ += "<th>" + escaped(title) + "</th>";
        }
        out_ += "</tr>\n";
    }
    void add(const std::vector<std::string>& cells) {
        out_ += "<tr>";
        for (const std::string& cell : cells) {
            const bool number = !cell.empty() && cell[0] >= '0' && cell[0] <= '9';
            out_ += std::string(number ? "<td class=\"n\">" : "<td>") + escaped(cell) + "</td>";
        }
        out_ += "</tr>\n";
    }
    [[nodiscard]] std::string text() const { return out_ + "</table>\n"; }

private:
    std::string out_;
};

std::string head(const ReportFacts& facts) {
    const std::string state = text_at(facts.status, "state");
    std::string out = "<h1>hrn: <span class=\"" + escaped(state) + "\">" + escaped(state) +
                      "</span></h1>\n<p>" + escaped(facts.time) + " UTC, up " +
                      duration_text(number_at(facts.status, "uptime_seconds").value_or(0)) + ", intake " +
                      escaped(text_at(facts.status, "intake")) + ", policy " +
                      escaped(text_at(facts.stats, "policy")) + "</p>\n";
    HtmlTable totals({"waiting", "queued", "running", "done", "failed", "quarantined", "ignored"});
    std::vector<std::string> cells;
    for (const char* key : {"waiting", "queued", "running", "done", "failed", "quarantined", "ignored"}) {
        cells.push_back(count_at(facts.status, key));
    }
    totals.add(cells);
    out += totals.text();
    const nlohmann::json& problems = list_at(facts.status, "problems");
    if (!problems.empty()) {
        HtmlTable table({"problem", "since", "what"});
        for (const nlohmann::json& problem : problems) {
            table.add(
                {text_at(problem, "code"), time_text(text_at(problem, "since")), text_at(problem, "text")});
        }
        out += "<h2>Problems</h2>\n" + table.text();
    }
    return out;
}

std::string devices(const ReportFacts& facts) {
    const nlohmann::json& list = list_at(facts.stats, "devices");
    HtmlTable counts({"device", "name", "done", "failed", "total s", "mean s", "busy"});
    HtmlTable stages({"device", "stage", "images", "mean s", "p50", "p95", "p99"});
    BarPanel done{"images done", {}, {{"images", {}, {}}}, 0},
        mean{"mean seconds an image", {}, {{"seconds", {}, {}}}, 0};
    for (const nlohmann::json& device : list) {
        const std::string name = text_at(device, "device");
        counts.add({name, text_at(device, "name"), count_at(device, "completed"), count_at(device, "failed"),
                    short_number(number_at(device, "total_seconds")),
                    short_number(number_at(device, "mean_seconds")),
                    percent_text(number_at(device, "utilization").value_or(0))});
        done.groups.push_back(name.substr(0, 12));
        mean.groups.push_back(name.substr(0, 12));
        done.series[0].values.push_back(number_at(device, "completed").value_or(0));
        mean.series[0].values.push_back(number_at(device, "mean_seconds").value_or(0));
        const nlohmann::json by_stage = device.value("stages", nlohmann::json::object());
        for (const char* stage : {"decode", "infer", "write", "total"}) {
            if (by_stage.is_object() && by_stage.contains(stage)) {
                const nlohmann::json& numbers = by_stage[stage];
                stages.add({name, stage, count_at(numbers, "count"), short_number(number_at(numbers, "mean")),
                            short_number(number_at(numbers, "p50")), short_number(number_at(numbers, "p95")),
                            short_number(number_at(numbers, "p99"))});
            }
        }
    }
    std::string out =
        "<h2>Devices, since " + escaped(time_text(text_at(facts.stats, "since"))) + "</h2>\n" + counts.text();
    if (!list.empty()) {
        out += svg_bars("", {done, mean});
    }
    return out + stages.text();
}

std::string workers(const ReportFacts& facts) {
    HtmlTable table({"worker", "device", "state", "pid", "restarts", "done", "failed", "mean s", "why"});
    if (facts.workers.is_array()) {
        for (const nlohmann::json& worker : facts.workers) {
            table.add({text_at(worker, "index"), text_at(worker, "device"), text_at(worker, "state"),
                       text_at(worker, "pid"), count_at(worker, "restarts"), count_at(worker, "completed"),
                       count_at(worker, "failed"), short_number(number_at(worker, "mean_seconds")),
                       text_at(worker, "reason")});
        }
    }
    return "<h2>Workers</h2>\n" + table.text();
}

std::string failures(const ReportFacts& facts) {
    if (!facts.failures.is_array() || facts.failures.empty()) {
        return "<h2>Failures</h2>\n<p>none</p>\n";
    }
    HtmlTable table({"path", "id", "attempts", "code", "message"});
    for (const nlohmann::json& task : facts.failures) {
        const nlohmann::json error = task.value("error", nlohmann::json());
        table.add({text_at(task, "path"), text_at(task, "id"), count_at(task, "attempts"),
                   error.is_object() ? text_at(error, "code") : "-",
                   error.is_object() ? text_at(error, "message") : "-"});
    }
    return "<h2>The latest failures</h2>\n" + table.text();
}

}  // namespace

std::string report_html(const ReportFacts& facts) {
    return std::string(
               "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>hrn</title><style>") +
           kStyle + "</style></head><body>\n" + head(facts) + devices(facts) + workers(facts) +
           failures(facts) + "</body></html>\n";
}

Exit report(const Options& options, const Console& console) {
    Client client(socket_path(options));
    const nlohmann::json nothing = nlohmann::json::object();
    const nlohmann::json status = client.request("status", nothing);
    const nlohmann::json all_workers = client.request("workers", nothing);
    const nlohmann::json stats = client.request("stats", nothing);
    nlohmann::json failed = client.request("tasks", {{"state", "failed"}, {"limit", kFailuresShown}});
    for (const nlohmann::json& task :
         client.request("tasks", {{"state", "quarantined"}, {"limit", kFailuresShown}})) {
        failed.push_back(task);
    }
    write_text(options.output, report_html({status, all_workers, stats, failed,
                                            time_text(utc_time_text(unix_milliseconds_now()))}));
    if (options.json) {
        console.out << nlohmann::json{{"file", options.output}}.dump(2) << "\n";
    } else {
        console.out << "written to " << options.output << "\n";
    }
    return Exit::done;
}

}  // namespace hrn::ctl
