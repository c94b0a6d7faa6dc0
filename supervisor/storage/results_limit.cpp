#include "supervisor/storage/results_limit.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "shared/fs.hpp"
#include "supervisor/storage/publish.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr int kRowsPerStep = 32;  // a folder each: some milliseconds
constexpr std::uint64_t kBlock = 512;

// What a folder takes on disk; further faces are one level deeper.
std::uint64_t bytes_of(int folder, int depth) {
    std::uint64_t bytes = 0;
    fs::for_each_entry(folder, [&](const fs::DirectoryEntry& entry) {
        const std::string name(entry.name);
        const auto status = fs::status_at(folder, name);
        bytes += status ? static_cast<std::uint64_t>(status->st_blocks) * kBlock : 0;
        if (status && S_ISDIR(status->st_mode) && depth > 0) {
            if (const auto inner = fs::open_beneath(folder, name, true)) {
                bytes += bytes_of(inner->get(), depth - 1);
            }
        }
        return true;
    });
    return bytes;
}

}  // namespace

ResultsLimit::ResultsLimit(Folders& folders, TaskStore& store, Generations& generations,
                           std::uint64_t limit_bytes)
    : folders_(folders), store_(store), generations_(generations), limit_(limit_bytes) {}

bool ResultsLimit::step() {
    if (measured_ && total_ <= limit_) {
        return true;
    }
    folders_.results_folders.clear();
    folders_.done_folders.clear();
    const std::vector<TaskRow> rows = store_.settled_page(TaskState::settled_done, last_, kRowsPerStep);
    for (const TaskRow& row : rows) {
        if (!measured_) {
            const auto folder = fs::open_beneath(folders_.results.get(), row.result, false);
            total_ += folder ? bytes_of(folder->get(), 1) : 0;
        } else if (total_ > limit_) {
            remove_task(row);
        }
        last_ = row.id;
    }
    if (rows.size() == kRowsPerStep) {
        return false;
    }
    if (measured_) {
        return true;
    }
    measured_ = true;
    last_ = {};
    return total_ <= limit_;
}

// false: what lies at its name is not its result; then it is left alone.
bool ResultsLimit::remove_task(const TaskRow& row) {
    const DirectoryHandle parent = folders_.results_folders.find(parent_of(row.result));
    const auto folder = fs::open_beneath(folders_.results.get(), row.result, false);
    const auto record = folder ? read_result_at(folder->get()) : std::nullopt;
    if (!parent || !record || record->id != row.id) {
        return false;
    }
    const std::uint64_t bytes = bytes_of(folder->get(), 1);
    const std::string away = std::string("removed-").append(row.id.text());
    if (fs::rename_no_replace(parent->get(), name_of(row.result), folders_.temporary.get(), away) !=
        fs::Moved::moved) {
        return false;
    }
    fs::sync_fd(parent->get());
    generations_.remove_named(away);
    const DirectoryHandle done = folders_.done_folders.find(parent_of(row.original_name()));
    if (done) {
        fs::unlink_at(done->get(), name_of(row.original_name()));
    }
    Transaction transaction(store_.database());
    store_.remove(row);
    transaction.commit();
    total_ -= std::min(total_, bytes);
    ++cleaned_.tasks;
    cleaned_.bytes += bytes;
    return true;
}

}  // namespace hrn::supervisor::storage
