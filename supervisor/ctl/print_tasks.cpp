#include <nlohmann/json.hpp>

#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"
#include "supervisor/ctl/table.hpp"

namespace hrn::ctl {
namespace {

const nlohmann::json& error_of(const nlohmann::json& task) {
    static const nlohmann::json none = nlohmann::json::object();
    const auto found = task.find("error");
    return found != task.end() && found->is_object() ? *found : none;
}

void print_line(const Console& console, const char* title, const std::string& text) {
    const std::string label = std::string(title) + std::string(12 - std::string_view(title).size(), ' ');
    print_wrapped(console, label + text, label.size());
}

// "worker_crashed (device): the worker died, signal 11, in infer"
std::string error_text(const nlohmann::json& error) {
    std::string text =
        text_at(error, "code") + " (" + text_at(error, "class") + "): " + text_at(error, "message");
    if (const auto signal = number_at(error, "signal"); signal && *signal != 0) {
        text += ", signal " + short_number(signal);
    }
    if (const std::string stage = text_at(error, "stage"); stage != "-" && !stage.empty()) {
        text += ", " + stage;
    }
    return text;
}

}  // namespace

void print_tasks(const Console& console, const nlohmann::json& tasks) {
    if (tasks.empty()) {
        console.out << "no tasks\n";
        return;
    }
    Table table({{"ID"},
                 {"STATE"},
                 {"TRIES", Align::right},
                 {"ERROR", Align::left, true},
                 {"PATH", Align::left, true}});
    table.colour_states("STATE");
    for (const nlohmann::json& task : tasks) {
        const bool held = task.value("held", nlohmann::json()) == true;
        table.add({text_at(task, "id"), held ? "held" : text_at(task, "state"), count_at(task, "attempts"),
                   text_at(error_of(task), "code"), text_at(task, "path")});
    }
    table.print(console);
}

void print_task(const Console& console, const nlohmann::json& task) {
    const std::string state = text_at(task, "state");
    print_line(console, "id", text_at(task, "id"));
    print_line(console, "path", text_at(task, "path"));
    console.out << "state       " << console.paint(state, colour_of_state(state))
                << (task.value("held", nlohmann::json()) == true ? ", held" : "") << "\n";
    print_line(console, "attempts", count_at(task, "attempts"));
    print_line(console, "worker", text_at(task, "worker") + " on " + text_at(task, "device"));
    print_line(console, "seconds", short_number(number_at(task, "seconds")));
    print_line(console, "claimed", time_text(text_at(task, "claimed_at")));
    print_line(console, "finished", time_text(text_at(task, "finished_at")));
    print_line(console, "result", text_at(task, "result_dir"));
    if (!error_of(task).empty()) {
        print_line(console, "error", error_text(error_of(task)));
    }
    for (const nlohmann::json& past : list_at(task, "history")) {
        print_line(console, "history",
                   time_text(text_at(past, "time")) + ", attempt " + text_at(past, "attempt") +
                       " on worker " + text_at(past, "worker") + ": " + error_text(past));
    }
}

}  // namespace hrn::ctl
