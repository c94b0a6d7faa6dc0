#include "supervisor/ctl/submit.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/progress_bar.hpp"
#include "supervisor/ctl/submit_place.hpp"
#include "supervisor/ctl/wait.hpp"

namespace hrn::ctl {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Without --wait: how long the ids of files that are not claimed yet are waited for.
constexpr auto kIdPatience = 10s;
constexpr std::size_t kPathsAtOnce = 100, kBytesAtOnce = 24 * 1024;  // of one `submitted` request

struct Placed {
    std::string rel;
    std::string id;     // empty: not claimed yet, or no supervisor
    std::string state;  // empty: not waited for, or no id
};

nlohmann::json path_json(const std::string& rel) {
    nlohmann::json json = {{"path", to_utf8(rel)}};
    if (!valid_utf8(rel)) {
        json["path_bytes"] = base64(rel);
    }
    return json;
}

// A connection, or why there is none.
struct Connection {
    std::optional<Client> client;
    std::string why_not;
    explicit Connection(const std::string& socket) {
        try {
            client.emplace(socket);
        } catch (const NoSupervisor& error) {
            why_not = error.what();
        }
    }
};

// The running service's own spool; the configuration's if none runs, or if it does not say.
std::string find_spool(const Options& options, const std::string& socket) {
    if (Connection connection(socket); connection.client) {
        const nlohmann::json answer = connection.client->request("ping", nlohmann::json::object());
        if (answer.is_object() && answer.contains("spool_dir") && answer["spool_dir"].is_string()) {
            return answer["spool_dir"].get<std::string>();
        }
    }
    return configured_spool(options);
}

std::vector<Placed> place_all(const SubmitPlan& plan, SpoolWriter& writer, const Console& console,
                              bool& complained) {
    std::vector<Placed> placed;
    ProgressBar bar(console);
    std::uint64_t refused = 0;
    for (const Submission& file : plan.files) {
        try {
            writer.place(file);
            placed.push_back({file.rel, {}, {}});
        } catch (const CommandError& error) {
            bar.note("");
            console.err << (console.progress ? "\r" : "") << "hrn-ctl: " << error.what() << "\n";
            complained = true;
            ++refused;
        }
        bar.show(placed.size() + refused, plan.files.size(), refused);
    }
    return placed;
}

// Asks for the ids of the files that have none; at most one request's worth. True: some got theirs.
bool ask_ids(Client& client, std::vector<Placed>& placed, std::int64_t since_ms, double hold_seconds) {
    std::vector<Placed*> asked;
    nlohmann::json paths = nlohmann::json::array();
    std::size_t bytes = 0;
    for (Placed& one : placed) {
        if (!one.id.empty()) {
            continue;
        }
        bytes += 3 * one.rel.size();
        if (asked.size() == kPathsAtOnce || (bytes > kBytesAtOnce && !asked.empty())) {
            break;
        }
        asked.push_back(&one);
        paths.push_back(path_json(one.rel));
    }
    const nlohmann::json answer = client.request(
        "submitted", {{"paths", paths}, {"since_ms", since_ms}, {"timeout_seconds", hold_seconds}}, 90s);
    bool any = false;
    for (std::size_t i = 0; i < asked.size() && answer.is_array() && i < answer.size(); ++i) {
        if (answer[i].is_object() && answer[i].value("id", nlohmann::json()).is_string()) {
            asked[i]->id = answer[i]["id"].get<std::string>();
            any = true;
        }
    }
    return any;
}

bool all_have_ids(const std::vector<Placed>& placed) {
    return std::all_of(placed.begin(), placed.end(), [](const Placed& one) { return !one.id.empty(); });
}

// Until every file has its id, or the deadline. An answer may be held as long as the deadline is away.
void fetch_ids(Client& client, std::vector<Placed>& placed, std::int64_t since_ms,
               const std::optional<Clock::time_point>& deadline) {
    while (!all_have_ids(placed)) {
        double hold = 30;
        if (deadline) {
            const std::chrono::duration<double> left = *deadline - Clock::now();
            hold = std::clamp(left.count(), 0.0, hold);
        }
        const auto asked = Clock::now();
        const bool any = ask_ids(client, placed, since_ms, hold);
        if (deadline && Clock::now() >= *deadline) {
            return;
        }
        // Intake is closed: the supervisor answers at once that nothing will be claimed.
        if (!any && Clock::now() - asked < 100ms) {
            return;
        }
    }
}

// `waited`: the state in which each file's task was seen last belongs to the answer.
void print_placed(const std::vector<Placed>& placed, const SubmitPlan& plan, bool json,
                  const Console& console, bool waited = false) {
    if (json) {
        nlohmann::json list = nlohmann::json::array();
        for (const Placed& one : placed) {
            list.push_back(path_json(one.rel));
            list.back()["id"] = one.id.empty() ? nlohmann::json() : nlohmann::json(one.id);
            if (waited) {
                list.back()["state"] = one.state.empty() ? nlohmann::json() : nlohmann::json(one.state);
            }
        }
        console.out << list.dump(2) << "\n";
        return;
    }
    for (const Placed& one : placed) {
        console.out << (one.id.empty() ? std::string(36, '-') : one.id) << "  " << log::printable(one.rel)
                    << "\n";
    }
    if (plan.skipped > 0) {
        console.err << "skipped " << plan.skipped << " that are no images by their names\n";
    }
}

void take_states(const WaitResult& result, std::vector<Placed>& placed) {
    std::map<std::string, std::string> states;
    for (const nlohmann::json& task : result.tasks) {
        states[text_at(task, "id")] = text_at(task, "state");
    }
    for (Placed& one : placed) {
        if (const auto known = states.find(one.id); known != states.end()) {
            one.state = known->second;
        }
    }
}

}  // namespace

Exit submit(const Options& options, const Console& console) {
    SubmitPlan plan;
    try {
        plan = plan_submission(options.paths, options.recursive);
    } catch (const std::filesystem::filesystem_error& error) {
        throw CommandError(Exit::failed, log::printable(error.what()));
    }
    bool complained = !plan.complaints.empty();
    for (const std::string& complaint : plan.complaints) {
        console.err << "hrn-ctl: " << complaint << "\n";
    }
    const std::string socket = socket_path(options);
    const std::optional<Clock::time_point> deadline =
        options.timeout ? std::optional(Clock::now() + *options.timeout) : std::nullopt;
    SpoolWriter writer(find_spool(options, socket), options.transfer);
    const std::int64_t since_ms = unix_milliseconds_now();
    std::vector<Placed> placed = place_all(plan, writer, console, complained);
    const Exit outcome = complained ? Exit::failed : Exit::done;
    // A connection of its own: copying may have taken longer than the supervisor keeps an idle one.
    Connection connection(socket);
    if (!connection.client) {
        print_placed(placed, plan, options.json, console);
        if (options.wait && !placed.empty()) {
            throw NoSupervisor(connection.why_not);
        }
        if (!options.json && !placed.empty()) {
            console.err << "no supervisor runs now; it takes them when it starts\n";
        }
        return outcome;
    }
    if (placed.empty()) {
        print_placed(placed, plan, options.json, console);
        return outcome;
    }
    fetch_ids(*connection.client, placed, since_ms,
              options.wait ? deadline : std::optional(Clock::now() + kIdPatience));
    connection.client.reset();
    if (!options.wait) {
        print_placed(placed, plan, options.json, console);
        return outcome;
    }
    WaitRequest request{socket, {}, deadline};
    for (const Placed& one : placed) {
        if (!one.id.empty()) {
            request.ids.push_back(one.id);
        }
    }
    WaitResult result;
    if (!request.ids.empty()) {
        result = wait_for_tasks(request, console);
    }
    result.finished = result.finished && request.ids.size() == placed.size();
    Exit waited = exit_of(result);
    if (options.json) {
        take_states(result, placed);
        print_placed(placed, plan, true, console, true);
    } else {
        waited = report_wait(result, false, console);
    }
    return waited == Exit::done ? outcome : waited;
}

}  // namespace hrn::ctl
