// The commands that concern tasks in the store: looked up, checked against their states, carried out,
// answered with the JSON of docs/control-protocol.md. Nothing is changed if any id of a request is wrong.
//
// Owned by the storage thread; answers go through the outbox, so they come after what they caused.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "supervisor/storage/janitor.hpp"
#include "supervisor/storage/outbox.hpp"
#include "supervisor/storage/task_life.hpp"
#include "supervisor/storage/task_view.hpp"

namespace hrn::supervisor::storage {

class Commands {
public:
    Commands(TaskView& view, TaskStore& store, Outbox& outbox)
        : view_(view), store_(store), outbox_(outbox) {}
    // From then on tasks can be changed, too.
    void set_life(TaskLife* life, DiskWatch* disk, Janitor* janitor) {
        life_ = life;
        disk_ = disk;
        janitor_ = janitor;
    }

    void show(const std::string& id_prefix, const JsonCallback& done);
    void list(const Storage::Listing& listing, const JsonCallback& done);
    void resolve(const std::vector<std::string>& id_prefixes, const JsonCallback& done);
    void find_claimed(const std::vector<std::string>& paths, std::int64_t since_ms, const JsonCallback& done);
    void set_held(const std::vector<std::string>& id_prefixes, bool held, const JsonCallback& done);
    void bump(const std::vector<std::string>& id_prefixes, const JsonCallback& done);
    void retry(const std::vector<std::string>& id_prefixes, bool all_failed, const JsonCallback& done);

    void clean(bool failed, std::int64_t before_ms, const JsonCallback& done);

    // Goes on with a retry of many tasks.
    void work();
    [[nodiscard]] bool has_work() const { return !retries_.empty(); }

private:
    struct Retry {
        std::deque<TaskId> ids;
        bool all_failed = false;
        TaskId last;  // all_failed: where the next page begins
        std::vector<std::string> retried;
        JsonCallback done;
    };
    void answer(const JsonCallback& done, nlohmann::json json);
    // Looks up the ids; answers and returns nothing if one is wrong.
    [[nodiscard]] std::optional<std::vector<TaskId>> unfinished(const std::vector<std::string>& id_prefixes,
                                                                const JsonCallback& done);
    void change(const std::vector<std::string>& id_prefixes, const JsonCallback& done,
                const std::function<void(const std::vector<TaskId>&)>& act);
    [[nodiscard]] std::vector<TaskRow> next_rows(Retry& retry);

    TaskView& view_;
    TaskStore& store_;
    Outbox& outbox_;
    TaskLife* life_ = nullptr;
    DiskWatch* disk_ = nullptr;
    Janitor* janitor_ = nullptr;
    std::deque<Retry> retries_;
};

}  // namespace hrn::supervisor::storage
