#include "supervisor/storage/recovery.hpp"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "supervisor/storage/claim_folder.hpp"
#include "supervisor/storage/group_sync.hpp"
#include "supervisor/storage/recovery_judge.hpp"
#include "supervisor/storage/settle.hpp"

namespace hrn::supervisor::storage {

namespace {

// Everything that the rows will vouch for, durable before they say so.
void sync_before_commit(Folders& folders, const std::vector<Verdict>& verdicts) {
    GroupSync spool(folders.spool.get());
    GroupSync results(folders.results.get());
    for (const Verdict& verdict : verdicts) {
        if (!verdict.must_sync) {
            continue;
        }
        spool.touch_unopened();
        results.touch_unopened();
        // Where syncfs is not to be trusted, folder by folder.
        if (const auto claim = fs::open_beneath(folders.claimed.get(), verdict.row.id.text(), true)) {
            const UniqueFd image(
                ::openat(claim->get(), kImageName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (image) {
                fs::sync_fd(image.get());
            }
            fs::sync_fd(claim->get());
        }
        fs::sync_fd(folders.claimed.get());
        if (const auto parent = folders.results_folders.find(parent_of(verdict.row.result))) {
            fs::sync_fd(parent->get());
        }
    }
    spool.flush();
    results.flush();
}

void apply(TaskStore& store, Verdict& verdict) {
    TaskRow& row = verdict.row;
    if (!verdict.event) {
        return;
    }
    if (*verdict.event == TaskEvent::retry_ready) {
        begin_again(row);
    }
    row.state = row.state == TaskState::absent ? store.insert(row, *verdict.event)
                                               : store.update(row, *verdict.event);
}

RecoveredTasks carry_out(Folders& folders, TaskStore& store, std::vector<Verdict> verdicts) {
    RecoveredTasks recovered;
    for (const Verdict& verdict : verdicts) {
        // Before apply(): that forgets under which name the original lay in failed/.
        if (verdict.remove_error_file) {
            remove_error_file(folders, verdict.row);
        }
    }
    sync_before_commit(folders, verdicts);
    {
        Transaction transaction(store.database());
        for (Verdict& verdict : verdicts) {
            apply(store, verdict);
        }
        transaction.commit();
    }
    for (Verdict& verdict : verdicts) {
        if (verdict.remove_claim && !remove_claim_folder(folders.claimed.get(), verdict.row.id)) {
            log::warning("claimed/ID/ holds files that are not ours; left", {{"id", verdict.row.id.text()}});
        }
        if (verdict.counter != nullptr) {
            ++(recovered.counts.*verdict.counter);
        }
        if (verdict.next == Next::queue) {
            recovered.queued.push_back(std::move(verdict.row));
        } else if (verdict.next == Next::settle) {
            recovered.to_settle.push_back(std::move(verdict.row));
        }
    }
    std::sort(recovered.queued.begin(), recovered.queued.end(),
              [](const TaskRow& a, const TaskRow& b) { return a.priority < b.priority; });
    return recovered;
}

}  // namespace

std::vector<TaskId> claimed_ids(const Folders& folders) {
    std::vector<TaskId> ids;
    const auto claimed = fs::open_beneath(folders.spool.get(), "claimed", true);  // an offset of its own
    if (!claimed) {
        return ids;
    }
    fs::for_each_entry(claimed->get(), [&](const fs::DirectoryEntry& entry) {
        if (const auto id = TaskId::parse(entry.name)) {
            ids.push_back(*id);
        } else {
            log::warning("claimed/ holds something that is not a task; left",
                         {{"name", std::string(entry.name)}});
        }
        return true;
    });
    return ids;
}

RecoveredTasks recover_everything(Folders& folders, TaskStore& store, NameReservations& names,
                                  std::int64_t& next_priority) {
    folders.begin_group();
    names.clear();
    std::map<TaskId, std::optional<TaskRow>> tasks;
    store.for_each_unsettled([&](TaskRow&& row) {
        names.adopt(row.result);
        const TaskId id = row.id;
        tasks[id] = std::move(row);
    });
    for (const TaskId& id : claimed_ids(folders)) {
        if (!tasks.contains(id)) {
            tasks[id] = store.find(id);
        }
    }
    next_priority = std::max(next_priority, store.highest_priority() + 1);
    RecoveryJudge judge(folders, names, next_priority);
    std::vector<Verdict> verdicts;
    verdicts.reserve(tasks.size());
    for (const auto& [id, row] : tasks) {
        verdicts.push_back(judge.judge(id, row));
    }
    return carry_out(folders, store, std::move(verdicts));
}

RecoveredTasks recover_some(Folders& folders, TaskStore& store, NameReservations& names,
                            std::int64_t& next_priority, const std::vector<TaskId>& ids) {
    folders.begin_group();
    RecoveryJudge judge(folders, names, next_priority);
    std::vector<Verdict> verdicts;
    verdicts.reserve(ids.size());
    for (const TaskId& id : ids) {
        const auto row = store.find(id);
        if (row && !is_settled(row->state)) {
            names.adopt(row->result);
        }
        verdicts.push_back(judge.judge(id, row));
    }
    return carry_out(folders, store, std::move(verdicts));
}

}  // namespace hrn::supervisor::storage
