#include "supervisor/control/waiters.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "shared/text.hpp"
#include "supervisor/control/gather_tasks.hpp"
#include "supervisor/control/views.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

constexpr auto kLookInterval = std::chrono::milliseconds(50);
constexpr auto kCancelPatience = std::chrono::seconds(20);
constexpr auto kAskInterval = std::chrono::milliseconds(200);  // of a question to storage

class IdleWaiter final : public Waiter {
public:
    IdleWaiter(const Supervisor& supervisor, const Reply& reply, TimePoint deadline)
        : supervisor_(supervisor), reply_(reply), deadline_(deadline) {}

    bool look(TimePoint now) override {
        const TaskTable& tasks = supervisor_.tasks();
        // Held tasks do not count; one that is held is queued.
        const bool idle =
            supervisor_.recovered() && supervisor_.counts().waiting == 0 && tasks.size() == tasks.held();
        if (!reply_.wanted()) {
            return true;
        }
        if (!idle && now < deadline_) {
            return false;
        }
        nlohmann::json result = totals_view(supervisor_);
        result["finished"] = idle;
        reply_.result(result);
        return true;
    }

private:
    const Supervisor& supervisor_;
    Reply reply_;
    TimePoint deadline_;
};

class TasksWaiter final : public Waiter {
public:
    TasksWaiter(Supervisor& supervisor, const Reply& reply, std::vector<TaskId> ids, TimePoint deadline)
        : supervisor_(supervisor),
          reply_(reply),
          ids_(std::move(ids)),
          unfinished_(ids_.begin(), ids_.end()),
          deadline_(deadline) {}

    bool look(TimePoint now) override {
        if (!reply_.wanted()) {
            return true;
        }
        if (supervisor_.recovered()) {
            std::erase_if(unfinished_,
                          [&](const TaskId& id) { return supervisor_.tasks().find(id) == nullptr; });
        }
        const bool finished = unfinished_.empty();
        if (!finished && now < deadline_) {
            return false;
        }
        gather_tasks(supervisor_, ids_, [reply = reply_, finished](const nlohmann::json& tasks) {
            nlohmann::json list = nlohmann::json::array();
            for (const nlohmann::json& task : tasks) {
                nlohmann::json entry;
                for (const char* key : {"id", "path", "path_bytes", "state"}) {
                    if (task.contains(key)) {
                        entry[key] = task[key];
                    }
                }
                list.push_back(std::move(entry));
            }
            reply.result({{"finished", finished}, {"tasks", std::move(list)}});
        });
        return true;
    }

private:
    Supervisor& supervisor_;
    Reply reply_;
    std::vector<TaskId> ids_;
    std::unordered_set<TaskId, TaskIdHash> unfinished_;
    TimePoint deadline_;
};

class CancelWaiter final : public Waiter {
public:
    CancelWaiter(const Supervisor& supervisor, const Reply& reply, std::vector<TaskId> ids)
        : supervisor_(supervisor), reply_(reply), ids_(std::move(ids)) {}

    bool look(TimePoint now) override {
        std::vector<TaskId> running;
        bool all = true;
        for (const TaskId& id : ids_) {
            const TaskEntry* entry = supervisor_.tasks().find(id);
            if (entry != nullptr && entry->cancelled) {
                running.push_back(id);
            } else {
                all = all && entry == nullptr;
            }
        }
        if (!reply_.wanted()) {
            return true;
        }
        if (all) {
            reply_.result({{"cancelled", id_texts(ids_)}, {"running", id_texts(running)}});
        } else if (now > deadline_) {
            reply_.error("busy", "cancelled, but the disk is slow: not all of it is recorded yet");
        }
        return all || now > deadline_;
    }

private:
    const Supervisor& supervisor_;
    Reply reply_;
    std::vector<TaskId> ids_;
    const TimePoint deadline_ = Clock::now() + kCancelPatience;
};

class PathsWaiter final : public Waiter, public std::enable_shared_from_this<PathsWaiter> {
public:
    PathsWaiter(Supervisor& supervisor, const Reply& reply, std::vector<Waiters::Path> paths,
                std::int64_t since_ms, TimePoint deadline)
        : supervisor_(supervisor),
          reply_(reply),
          paths_(std::move(paths)),
          since_ms_(since_ms),
          deadline_(deadline) {}

    bool look(TimePoint now) override {
        if (done_ || !reply_.wanted()) {
            return true;
        }
        if (!asking_ && now >= next_question_) {
            asking_ = true;
            next_question_ = now + kAskInterval;
            std::vector<std::string> names;
            for (const Waiters::Path& path : paths_) {
                names.push_back(path.bytes);
            }
            // With intake closed nothing more will be claimed: what there is now is the answer. While the
            // service still starts it is only not open yet.
            const bool last = now >= deadline_ || (supervisor_.recovered() && !supervisor_.intake_open());
            supervisor_.storage().find_claimed(
                std::move(names), since_ms_,
                [self = shared_from_this(), last](const nlohmann::json& ids) { self->answered(ids, last); });
        }
        return done_;
    }

private:
    void answered(const nlohmann::json& ids, bool last) {
        asking_ = false;
        if (is_failure(ids)) {
            done_ = true;
            reply_.forward(ids);
            return;
        }
        const bool all = ids.is_array() && std::none_of(ids.begin(), ids.end(), [](const nlohmann::json& id) {
                             return id.is_null();
                         });
        if (!all && !last) {
            return;
        }
        done_ = true;
        nlohmann::json list = nlohmann::json::array();
        for (std::size_t i = 0; i < paths_.size(); ++i) {
            nlohmann::json entry = {{"path", to_utf8(paths_[i].bytes)},
                                    {"id", i < ids.size() ? ids[i] : nlohmann::json()}};
            if (!valid_utf8(paths_[i].bytes)) {
                entry["path_bytes"] = base64(paths_[i].bytes);
            }
            list.push_back(std::move(entry));
        }
        reply_.result(list);
    }

    Supervisor& supervisor_;
    Reply reply_;
    std::vector<Waiters::Path> paths_;
    std::int64_t since_ms_;
    TimePoint deadline_, next_question_{};
    bool asking_ = false, done_ = false;
};

}  // namespace

Waiters::Waiters(Supervisor& supervisor) : supervisor_(supervisor), timer_(supervisor.io()) {}
Waiters::~Waiters() = default;

void Waiters::wait_for_idle(const Reply& reply, double timeout_seconds) {
    add(std::make_shared<IdleWaiter>(supervisor_, reply, Clock::now() + from_seconds(timeout_seconds)));
}

void Waiters::wait_for_tasks(const Reply& reply, std::vector<TaskId> ids, double timeout_seconds) {
    add(std::make_shared<TasksWaiter>(supervisor_, reply, std::move(ids),
                                      Clock::now() + from_seconds(timeout_seconds)));
}

void Waiters::wait_for_cancelled(const Reply& reply, std::vector<TaskId> ids) {
    add(std::make_shared<CancelWaiter>(supervisor_, reply, std::move(ids)));
}

void Waiters::wait_for_paths(const Reply& reply, std::vector<Path> paths, std::int64_t since_ms,
                             double timeout_seconds) {
    add(std::make_shared<PathsWaiter>(supervisor_, reply, std::move(paths), since_ms,
                                      Clock::now() + from_seconds(timeout_seconds)));
}

void Waiters::add(std::shared_ptr<Waiter> waiter) {
    if (!waiter->look(Clock::now())) {
        waiters_.push_back(std::move(waiter));
        arm();
    }
}

void Waiters::arm() {
    if (std::exchange(armed_, true)) {
        return;
    }
    timer_.expires_after(kLookInterval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        armed_ = false;
        if (error) {
            return;
        }
        const TimePoint now = Clock::now();
        // A look may answer, and an answer may bring the next request of that client: on a list of its own.
        std::list<std::shared_ptr<Waiter>> waiters;
        waiters.swap(waiters_);
        waiters.remove_if([now](const std::shared_ptr<Waiter>& waiter) { return waiter->look(now); });
        waiters_.splice(waiters_.end(), waiters);
        if (!waiters_.empty()) {
            arm();
        }
    });
}

}  // namespace hrn::supervisor
