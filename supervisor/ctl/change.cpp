#include "supervisor/ctl/change.hpp"

#include <nlohmann/json.hpp>

#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"

namespace hrn::ctl {
namespace {

using namespace std::chrono_literals;

// Every original moves on disk before the answer.
constexpr auto kLong = 10min;

nlohmann::json ask(const Options& options, const std::string& command, const nlohmann::json& arguments,
                   std::chrono::milliseconds patience = 30s) {
    return Client(socket_path(options)).request(command, arguments, patience);
}

std::string count_of(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

// "worker 0", "workers 0, 1"
std::string workers_text(const nlohmann::json& indices) {
    std::string text = indices.size() == 1 ? "worker" : "workers";
    for (std::size_t i = 0; i < indices.size(); ++i) {
        text.append(i == 0 ? " " : ", ").append(indices[i].dump());
    }
    return text;
}

std::string applies_text(const std::string& applies) {
    if (applies == "now") {
        return "applies now";
    }
    if (applies == "new_workers") {
        return "applies to workers started from now on (hrn-ctl restart-worker --all)";
    }
    return "applies after a restart of the service";
}

}  // namespace

Exit retry_tasks(const Options& options, const Console& console) {
    nlohmann::json arguments = nlohmann::json::object();
    if (options.failed) {
        arguments["failed"] = true;
    } else {
        arguments["ids"] = options.ids;
    }
    const nlohmann::json answer = ask(options, "retry", arguments, kLong);
    if (options.json) {
        print_json(console, answer);
    } else {
        console.out << count_of(list_at(answer, "retried").size(), "task is", "tasks are")
                    << " queued again\n";
    }
    return Exit::done;
}

Exit cancel_tasks(const Options& options, const Console& console) {
    const nlohmann::json answer = ask(options, "cancel", {{"ids", options.ids}});
    if (options.json) {
        print_json(console, answer);
        return Exit::done;
    }
    console.out << count_of(list_at(answer, "cancelled").size(), "task is", "tasks are") << " cancelled\n";
    if (const std::size_t running = list_at(answer, "running").size(); running > 0) {
        console.out << count_of(running, "of them is", "of them are")
                    << " being computed; the result will be dropped\n";
    }
    return Exit::done;
}

Exit change_tasks(const Options& options, const Console& console) {
    const nlohmann::json answer = ask(options, options.command, {{"ids", options.ids}});
    if (options.json) {
        print_json(console, answer);
        return Exit::done;
    }
    const bool hold = options.command == "hold", release = options.command == "release";
    const char* key = hold ? "held" : release ? "released" : "bumped";
    console.out << count_of(list_at(answer, key).size(), "task is", "tasks are") << " "
                << (hold      ? "held"
                    : release ? "released"
                              : "first in the queue")
                << "\n";
    return Exit::done;
}

Exit clean_up(const Options& options, const Console& console) {
    nlohmann::json arguments = {{"failed", options.failed}};
    if (options.older_than) {
        arguments["older_than"] = *options.older_than;
    }
    const nlohmann::json answer = ask(options, "clean", arguments, kLong);
    if (options.json) {
        print_json(console, answer);
        return Exit::done;
    }
    const auto tasks = static_cast<std::size_t>(number_at(answer, "tasks").value_or(0));
    console.out << (options.failed ? count_of(tasks, "failed task was", "failed tasks were")
                                   : count_of(tasks, "original was", "originals were"))
                << " removed, " << short_number(number_at(answer, "bytes").value_or(0) / 1048576.0)
                << " MB\n";
    return Exit::done;
}

Exit change_state(const Options& options, const Console& console) {
    const nlohmann::json answer = ask(options, options.command, nlohmann::json::object());
    if (options.json) {
        print_json(console, answer);
    } else {
        console.out << "hrn is " << text_at(answer, "state") << "\n";
    }
    return Exit::done;
}

Exit reload_configuration(const Options& options, const Console& console) {
    const nlohmann::json answer = ask(options, "reload", nlohmann::json::object());
    if (options.json) {
        print_json(console, answer);
        return Exit::done;
    }
    const nlohmann::json& changes = list_at(answer, "changes");
    if (changes.empty()) {
        console.out << "the configuration is in force; nothing has changed\n";
    }
    for (const nlohmann::json& change : changes) {
        print_wrapped(console,
                      text_at(change, "key") + ": " + value_at(change, "from") + " -> " +
                          value_at(change, "to") + ", " + applies_text(text_at(change, "applies")),
                      4);
    }
    return Exit::done;
}

Exit restart_worker(const Options& options, const Console& console) {
    nlohmann::json arguments = nlohmann::json::object();
    if (options.worker) {
        arguments["index"] = *options.worker;
    } else {
        arguments["all"] = true;
    }
    const nlohmann::json answer = ask(options, "restart-worker", arguments);
    if (options.json) {
        print_json(console, answer);
    } else {
        for (const nlohmann::json& index : list_at(answer, "restarting")) {
            console.out << "worker " << index.dump() << " is restarted once it has finished what it holds\n";
        }
    }
    return Exit::done;
}

Exit change_device(const Options& options, const Console& console) {
    nlohmann::json arguments = {{"device", options.device}};
    if (options.reason) {
        arguments["reason"] = *options.reason;
    }
    const nlohmann::json answer = ask(options, "device-" + options.action, arguments);
    if (options.json) {
        print_json(console, answer);
        return Exit::done;
    }
    const std::string workers = workers_text(list_at(answer, "workers"));
    print_wrapped(console,
                  text_at(answer, "device") +
                      (options.action == "drain"
                           ? " is drained: " + workers + " end once they have finished what they hold"
                           : " is in service again: " + workers),
                  4);
    return Exit::done;
}

}  // namespace hrn::ctl
