#include "supervisor/ctl/commands.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "shared/protocol.hpp"
#include "supervisor/ctl/bench/bench.hpp"
#include "supervisor/ctl/bench/plan.hpp"
#include "supervisor/ctl/change.hpp"
#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/doctor.hpp"
#include "supervisor/ctl/events.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"
#include "supervisor/ctl/report.hpp"
#include "supervisor/ctl/submit.hpp"
#include "supervisor/ctl/top.hpp"
#include "supervisor/ctl/wait.hpp"

namespace hrn::ctl {
namespace {

nlohmann::json ask(const Options& options, const char* command, const nlohmann::json& arguments) {
    return Client(socket_path(options)).request(command, arguments);
}

Exit status(const Options& options, const Console& console) {
    const nlohmann::json answer = ask(options, "status", nlohmann::json::object());
    options.json ? print_json(console, answer) : print_status(console, answer);
    // Healthy: it works, and there is nothing to tell. Paused and draining are the operator's will, but no
    // image is taken then, and that is what a monitor wants to know.
    const bool healthy = text_at(answer, "state") == "running" && list_at(answer, "problems").empty();
    return options.check && !healthy ? Exit::failed : Exit::done;
}

using Print = void (*)(const Console&, const nlohmann::json&);

Exit show_answer(const Options& options, const Console& console, const char* command,
                 const nlohmann::json& arguments, Print print) {
    const nlohmann::json answer = ask(options, command, arguments);
    options.json ? print_json(console, answer) : print(console, answer);
    return Exit::done;
}

// Page after page, until `limit` (0: all) or the end.
Exit tasks(const Options& options, const Console& console) {
    Client client(socket_path(options));
    nlohmann::json all = nlohmann::json::array();
    nlohmann::json arguments = nlohmann::json::object();
    if (options.state) {
        arguments["state"] = *options.state;
    }
    if (options.after) {
        arguments["after"] = *options.after;
    }
    long left = options.limit == 0 ? -1 : options.limit;
    while (left != 0) {
        const long page = left < 0 ? protocol::kPageSize : std::min<long>(left, protocol::kPageSize);
        arguments["limit"] = page;
        const nlohmann::json answer = client.request("tasks", arguments);
        if (!answer.is_array() || answer.empty()) {
            break;
        }
        for (const nlohmann::json& task : answer) {
            if (options.json_lines) {
                console.out << task.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
            } else {
                all.push_back(task);
            }
        }
        left = left < 0 ? left : left - static_cast<long>(answer.size());
        arguments["after"] = answer.back().value("id", "");
        if (static_cast<long>(answer.size()) < page) {
            break;
        }
    }
    if (!options.json_lines) {
        options.json ? print_json(console, all) : print_tasks(console, all);
    }
    return Exit::done;
}

Exit wait(const Options& options, const Console& console) {
    WaitRequest request{socket_path(options), options.ids, std::nullopt};
    if (options.timeout) {
        request.deadline = std::chrono::steady_clock::now() + *options.timeout;
    }
    return report_wait(wait_for_tasks(request, console), options.json, console);
}

Exit stats(const Options& options, const Console& console) {
    nlohmann::json arguments = nlohmann::json::object();
    if (options.since) {
        arguments["since"] = *options.since;
    }
    return show_answer(options, console, "stats", arguments, &print_stats);
}

struct CommandRow {
    std::string_view name;
    Exit (*run)(const Options&, const Console&);
};
constexpr std::array<CommandRow, 26> kCommands = {{
    {"status", &status},
    {"workers",
     [](const Options& o, const Console& c) {
         return show_answer(o, c, "workers", nlohmann::json::object(), &print_workers);
     }},
    {"gpus",
     [](const Options& o, const Console& c) {
         return show_answer(o, c, "gpus", nlohmann::json::object(), &print_gpus);
     }},
    {"stats", &stats},
    {"tasks", &tasks},
    {"show",
     [](const Options& o, const Console& c) {
         return show_answer(o, c, "show", {{"id", o.ids.front()}}, &print_task);
     }},
    {"submit", &submit},
    {"wait", &wait},
    {"events", &show_events},
    {"retry", &retry_tasks},
    {"cancel", &cancel_tasks},
    {"hold", &change_tasks},
    {"release", &change_tasks},
    {"bump", &change_tasks},
    {"clean", &clean_up},
    {"pause", &change_state},
    {"resume", &change_state},
    {"drain", &change_state},
    {"reload", &reload_configuration},
    {"restart-worker", &restart_worker},
    {"bench", &bench},
    {"plan", &plan},
    {"top", &top},
    {"report", &report},
    {"device", &change_device},
    {"doctor", &doctor},
}};

}  // namespace

Exit run_command(const Options& options, const Console& console) {
    const auto row = std::find_if(kCommands.begin(), kCommands.end(), [&](const CommandRow& candidate) {
        return candidate.name == options.command;
    });
    if (row == kCommands.end()) {
        throw CommandError(Exit::usage, "no such command: " + options.command);
    }
    return row->run(options, console);
}

int run(const std::vector<std::string>& arguments, const Console& console) {
    const auto complain = [&](const std::exception& error, Exit status) {
        console.err << "hrn-ctl: " << error.what() << "\n";
        return static_cast<int>(status);
    };
    try {
        const Exit status = run_command(parse_options(arguments), console);
        console.out.flush();
        return static_cast<int>(status);
    } catch (const CommandError& error) {
        if (error.status() == Exit::done) {  // the help that was asked for
            console.out << error.what();
            return static_cast<int>(Exit::done);
        }
        return complain(error, error.status());
    } catch (const NoSupervisor& error) {
        return complain(error, Exit::no_supervisor);
    } catch (const RequestFailed& error) {
        return complain(std::runtime_error(log::printable(error.what())),
                        error.code() == "bad_configuration" ? Exit::usage : Exit::failed);
    } catch (const std::exception& error) {
        return complain(std::runtime_error(log::printable(error.what())), Exit::failed);
    }
}

}  // namespace hrn::ctl
