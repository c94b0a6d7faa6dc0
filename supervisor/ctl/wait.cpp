#include "supervisor/ctl/wait.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/progress_bar.hpp"

namespace hrn::ctl {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdsAtOnce = 1000;  // a request holds 64 KiB, an id takes 39 bytes

std::uint64_t whole(const nlohmann::json& object, const char* key) {
    return static_cast<std::uint64_t>(std::max(0.0, number_at(object, key).value_or(0)));
}

bool is_final(const std::string& state) {
    return state == "done" || state == "failed" || state == "quarantined";
}

// A connection that is made anew when the supervisor was restarted.
class PatientClient {
public:
    PatientClient(const WaitRequest& request, ProgressBar& bar) : request_(request), bar_(bar) {
        client_ = std::make_unique<Client>(request_.socket);  // the first time nobody waits for one
    }

    // How long the supervisor may hold an answer: a second while somebody looks at the bar.
    [[nodiscard]] double hold_seconds() const {
        double seconds = bar_.visible() ? 1 : 30;
        if (request_.deadline) {
            const std::chrono::duration<double> left = *request_.deadline - Clock::now();
            seconds = std::clamp(left.count(), 0.0, seconds);
        }
        return seconds;
    }
    [[nodiscard]] bool over() const { return request_.deadline && Clock::now() >= *request_.deadline; }

    // Nothing: there was no supervisor and the deadline came. `renewed` tells that it is another one now.
    std::optional<nlohmann::json> request(const char* command, const nlohmann::json& arguments) {
        const auto give_up = Clock::now() + kReconnectPatience;
        for (;;) {
            try {
                if (!client_) {
                    client_ = std::make_unique<Client>(request_.socket);
                    renewed_ = true;
                }
                return client_->request(command, arguments, 90s);
            } catch (const NoSupervisor&) {
                client_.reset();
                if (over()) {
                    return std::nullopt;
                }
                if (Clock::now() >= give_up) {
                    throw;
                }
                bar_.note("the supervisor does not answer; waiting for it");
                std::this_thread::sleep_for(200ms);
            }
        }
    }
    [[nodiscard]] bool take_renewed() { return std::exchange(renewed_, false); }

private:
    const WaitRequest& request_;
    ProgressBar& bar_;
    std::unique_ptr<Client> client_;
    bool renewed_ = false;
};

// One chunk of ids until each is final. False: the deadline came.
bool wait_for_chunk(PatientClient& client, const std::vector<std::string>& ids,
                    std::vector<nlohmann::json>& states,
                    const std::function<void(const std::vector<nlohmann::json>&)>& progress) {
    for (;;) {
        const auto answer =
            client.request("wait", {{"ids", ids}, {"timeout_seconds", client.hold_seconds()}});
        if (!answer) {
            return false;
        }
        states = list_at(*answer, "tasks").get<std::vector<nlohmann::json>>();
        progress(states);
        if (answer->value("finished", false)) {
            return true;
        }
        if (client.over()) {
            return false;
        }
    }
}

void count(WaitResult& result) {
    result.done = result.failed = result.quarantined = 0;
    for (const nlohmann::json& task : result.tasks) {
        const std::string state = text_at(task, "state");
        result.done += state == "done" ? 1 : 0;
        result.failed += state == "failed" ? 1 : 0;
        result.quarantined += state == "quarantined" ? 1 : 0;
    }
}

WaitResult wait_for_ids(const WaitRequest& request, PatientClient& client, ProgressBar& bar) {
    WaitResult result;
    result.finished = true;
    std::uint64_t finished_before = 0;
    for (std::size_t begin = 0; begin < request.ids.size() && result.finished; begin += kIdsAtOnce) {
        const std::size_t end = std::min(begin + kIdsAtOnce, request.ids.size());
        const std::vector<std::string> ids(request.ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                           request.ids.begin() + static_cast<std::ptrdiff_t>(end));
        std::vector<nlohmann::json> states;
        result.finished = wait_for_chunk(client, ids, states, [&](const std::vector<nlohmann::json>& now) {
            std::uint64_t finished = finished_before, failed = result.failed + result.quarantined;
            for (const nlohmann::json& task : now) {
                const std::string state = text_at(task, "state");
                finished += is_final(state) ? 1 : 0;
                failed += is_final(state) && state != "done" ? 1 : 0;
            }
            bar.show(finished, request.ids.size(), failed);
        });
        result.tasks.insert(result.tasks.end(), states.begin(), states.end());
        finished_before += states.size();
        count(result);
    }
    return result;
}

// Everything: the totals of the store at the end, less those at the beginning, are what this wait saw.
WaitResult wait_for_everything(PatientClient& client, ProgressBar& bar) {
    WaitResult result;
    const auto before = client.request("status", nlohmann::json::object());
    if (!before) {
        return result;
    }
    const auto since = [&](const nlohmann::json& now, const char* key) {
        const std::uint64_t at_first = whole(*before, key);
        return std::max(whole(now, key), at_first) - at_first;
    };
    bool scan = true;
    for (;;) {
        const auto now = client.request("wait", {{"scan", scan}, {"timeout_seconds", client.hold_seconds()}});
        if (!now) {
            return result;
        }
        // A supervisor that was restarted in between has not scanned for this wait.
        scan = client.take_renewed();
        result.done = since(*now, "done");
        result.failed = since(*now, "failed");
        result.quarantined = since(*now, "quarantined");
        const std::uint64_t ended = result.done + result.failed + result.quarantined;
        const std::uint64_t open = whole(*now, "waiting") + whole(*now, "queued") + whole(*now, "running");
        bar.show(ended, ended + open, result.failed + result.quarantined);
        result.finished = !scan && now->value("finished", false);
        if (result.finished || client.over()) {
            return result;
        }
    }
}

}  // namespace

WaitResult wait_for_tasks(const WaitRequest& request, const Console& console) {
    ProgressBar bar(console);
    PatientClient client(request, bar);
    return request.ids.empty() ? wait_for_everything(client, bar) : wait_for_ids(request, client, bar);
}

nlohmann::json wait_json(const WaitResult& result) {
    return {{"finished", result.finished},
            {"done", result.done},
            {"failed", result.failed},
            {"quarantined", result.quarantined},
            {"tasks", result.tasks}};
}

Exit exit_of(const WaitResult& result) {
    if (!result.finished) {
        return Exit::timeout;
    }
    return result.failed + result.quarantined > 0 ? Exit::failed : Exit::done;
}

Exit report_wait(const WaitResult& result, bool json, const Console& console) {
    if (json) {
        console.out << wait_json(result).dump(2) << "\n";
    } else {
        console.out << count_text(static_cast<double>(result.done)) << " done, "
                    << count_text(static_cast<double>(result.failed)) << " failed, "
                    << count_text(static_cast<double>(result.quarantined)) << " quarantined"
                    << (result.finished ? "" : "; the time is over, not everything is finished") << "\n";
        for (const nlohmann::json& task : result.tasks) {
            const std::string state = text_at(task, "state");
            if (is_final(state) && state != "done") {
                console.out << console.paint(state, Colour::red) << " " << text_at(task, "id") << " "
                            << text_at(task, "path") << "\n";
            }
        }
    }
    return exit_of(result);
}

}  // namespace hrn::ctl
