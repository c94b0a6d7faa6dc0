#include "supervisor/storage/clean_walk.hpp"

#include <algorithm>

#include "shared/fs.hpp"
#include "supervisor/storage/result_names.hpp"
#include "supervisor/storage/settle.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr int kRowsPerStep = 128;  // some milliseconds

// A UUIDv7 begins with the milliseconds of its making; a task cannot have finished before.
std::int64_t claimed_ms(const TaskId& id) {
    std::int64_t milliseconds = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        milliseconds = milliseconds << 8 | id.bytes.at(i);
    }
    return milliseconds;
}

std::int64_t changed_ms(const struct stat& status) {
    return static_cast<std::int64_t>(status.st_ctim.tv_sec) * 1000 + status.st_ctim.tv_nsec / 1'000'000;
}

}  // namespace

CleanWalk::CleanWalk(Folders& folders, TaskStore& store, What what, std::int64_t before_ms)
    : folders_(folders), store_(store), before_ms_(before_ms) {
    if (what == What::done_originals) {
        states_ = {TaskState::settled_done};
    } else {
        states_ = {TaskState::settled_quarantined, TaskState::settled_failed};
    }
}

bool CleanWalk::step() {
    if (states_.empty()) {
        return true;
    }
    const TaskState state = states_.back();
    const std::vector<TaskRow> rows = store_.settled_page(state, last_, kRowsPerStep);
    folders_.done_folders.clear();
    folders_.failed_folders.clear();
    touched_.clear();
    std::vector<TaskRow> forgotten;
    for (const TaskRow& row : rows) {
        if (row.finished_ms >= before_ms_) {
            continue;
        }
        if (state == TaskState::settled_done) {
            cleaned_.tasks += remove_file(folders_.done_folders, row.original_name()) ? 1 : 0;
            continue;
        }
        const std::string name = row.original_name();
        remove_file(folders_.failed_folders, name);
        remove_file(folders_.failed_folders, joined(parent_of(name), error_file_name(name_of(name), row.id)));
        forgotten.push_back(row);
    }
    for (const DirectoryHandle& folder : touched_) {
        fs::sync_fd(folder->get());
    }
    remove_rows(forgotten);
    cleaned_.tasks += forgotten.size();
    const bool all = rows.size() < kRowsPerStep || claimed_ms(rows.back().id) >= before_ms_;
    if (!all) {
        last_ = rows.back().id;
        return false;
    }
    states_.pop_back();
    last_ = {};
    return states_.empty();
}

bool CleanWalk::remove_file(DirectoryCache& folders, const std::string& name) {
    const DirectoryHandle folder = folders.find(parent_of(name));
    const auto status = folder ? fs::status_at(folder->get(), name_of(name)) : std::nullopt;
    // Renamed into place when the task was settled, which its file system has noted.
    if (!status || !S_ISREG(status->st_mode) || changed_ms(*status) > before_ms_) {
        return false;
    }
    fs::unlink_at(folder->get(), name_of(name));
    cleaned_.bytes += static_cast<std::uint64_t>(status->st_size);
    if (std::find(touched_.begin(), touched_.end(), folder) == touched_.end()) {
        touched_.push_back(folder);
    }
    return true;
}

void CleanWalk::remove_rows(const std::vector<TaskRow>& rows) {
    if (rows.empty()) {
        return;
    }
    Transaction transaction(store_.database());
    for (const TaskRow& row : rows) {
        store_.remove(row);
    }
    transaction.commit();
}

}  // namespace hrn::supervisor::storage
