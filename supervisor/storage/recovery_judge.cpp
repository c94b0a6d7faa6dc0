#include "supervisor/storage/recovery_judge.hpp"

#include <algorithm>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/storage/claim_folder.hpp"
#include "supervisor/storage/group_sync.hpp"
#include "supervisor/storage/recovery.hpp"
#include "supervisor/storage/settle.hpp"

namespace hrn::supervisor::storage {

namespace {

std::int64_t claim_time(const TaskId& id) {  // a UUIDv7 begins with it
    std::int64_t milliseconds = 0;
    for (int i = 0; i < 6; ++i) {
        milliseconds = milliseconds << 8 | id.bytes[static_cast<std::size_t>(i)];
    }
    return milliseconds;
}

TaskError error_of(ErrorCode code, const std::string& message) {
    TaskError error;
    error.code = code;
    error.message = message;
    error.time_ms = unix_milliseconds_now();
    return error;
}

// No row, no image: what lies in incoming/ is simply new.
Verdict abandoned(const TaskId& id) {
    Verdict verdict;
    verdict.row.id = id;
    verdict.remove_claim = true;
    return verdict;
}

// Its row says how it ended: the move is finished.
Verdict recorded(const TaskRow& row) {
    Verdict verdict;
    verdict.row = row;
    verdict.next = Next::settle;
    verdict.counter = row.state == TaskState::done ? &Recovery::already_done : &Recovery::already_failed;
    return verdict;
}

void fail(Verdict& verdict, TaskEvent event, const TaskError& error) {
    verdict.row.error = error_json(error);
    verdict.row.finished_ms = unix_milliseconds_now();
    verdict.event = event;
    verdict.next = Next::settle;
}

void take_over(TaskRow& row, const ResultRecord& result) {
    row.finished_ms = result.time_ms;
    row.device = result.device;
    row.attempts = std::max(row.attempts, result.attempts);
    row.error.clear();
}

}  // namespace

std::string reserve_name(Folders& folders, NameReservations& names, const std::string& rel,
                         const TaskId& id) {
    return names.reserve(rel, id, [&](const std::string& name) {
        return exists_below(folders.results_folders, name) || exists_below(folders.done_folders, name) ||
               exists_below(folders.failed_folders, name);
    });
}

Verdict RecoveryJudge::judge(const TaskId& id, const std::optional<TaskRow>& row) {
    const auto claim = fs::open_beneath(folders_.claimed.get(), id.text(), true);
    const auto image = claim ? fs::status_at(claim->get(), kImageName) : std::nullopt;
    if (!row) {
        return image ? without_row(id, claim->get(), *image) : abandoned(id);
    }
    switch (row->state) {
        case TaskState::queued:
        case TaskState::held:
        case TaskState::retrying_failed:
        case TaskState::retrying_quarantined:
            return unfinished(*row, image.has_value());
        case TaskState::done:
        case TaskState::failed:
        case TaskState::quarantined:
            return recorded(*row);
        default:
            return settled(*row, image.has_value());
    }
}

// A crash between claim and accept, or the store was lost: adopted under the same id.
Verdict RecoveryJudge::without_row(const TaskId& id, int claim, const struct stat& image) {
    Verdict verdict;
    TaskRow& row = verdict.row;
    const auto record = read_claim_record(claim, id);
    row.id = id;
    row.source = record ? record->source : "recovered-" + id.text();
    row.claimed_ms = record ? record->time_ms : claim_time(id);
    row.image_bytes = static_cast<std::uint64_t>(image.st_size);
    row.priority = next_priority_++;
    if (!record) {
        log::warning("claimed image without a readable task.json: its name is lost", {{"id", id.text()}});
    }
    unlink_twin(row.source, image);
    verdict.must_sync = true;
    if (const auto result = find_result(row)) {
        verdict.event = TaskEvent::record_done;
        take_over(row, *result);
        verdict.next = Next::settle;
        verdict.counter = &Recovery::already_done;
        return verdict;
    }
    row.result = reserve_name(folders_, names_, row.source, id);
    drop_own_error_file(row);
    verdict.event = TaskEvent::accept;
    verdict.next = Next::queue;
    verdict.counter = &Recovery::adopted;
    return verdict;
}

Verdict RecoveryJudge::unfinished(const TaskRow& before, bool has_image) {
    const bool retrying =
        before.state == TaskState::retrying_failed || before.state == TaskState::retrying_quarantined;
    Verdict verdict;
    TaskRow& row = verdict.row = before;
    const auto result = read_result(folders_, row.result);
    if (result && result->id == row.id) {
        take_over(row, *result);
        verdict.event = TaskEvent::record_done;
        verdict.next = Next::settle;
        verdict.must_sync = true;
        verdict.counter = &Recovery::already_done;
    } else if (has_image) {
        verdict.next = Next::queue;
        verdict.counter = &Recovery::requeued;
        if (retrying) {
            verdict.event = TaskEvent::retry_ready;
            verdict.remove_error_file = true;
            verdict.must_sync = true;
        }
    } else if (retrying && original_is_in_failed(folders_, row)) {
        verdict.event = TaskEvent::retry_abandon;
        names_.release(row.result);  // it is held by the original in failed/ again
        verdict.remove_claim = true;
        verdict.counter = &Recovery::already_failed;
    } else if (original_is_in_failed(folders_, row)) {
        failed_already(verdict);
    } else if (original_is_in_done(folders_, row)) {
        row.finished_ms = unix_milliseconds_now();
        verdict.event = TaskEvent::record_done;
        verdict.next = Next::settle;
        verdict.counter = &Recovery::already_done;
    } else {
        fail(verdict, TaskEvent::record_failed,
             error_of(
                 ErrorCode::original_missing,
                 "the image is neither in claimed/ nor in done/ or failed/: somebody moved or deleted it"));
        verdict.counter = &Recovery::lost_original;
    }
    return verdict;
}

// A claim folder that came back (its removal was not synced before a power loss).
Verdict RecoveryJudge::settled(const TaskRow& row, bool has_image) {
    Verdict verdict;
    verdict.row = row;
    if (has_image) {
        GroupSync sync(folders_.spool.get());
        sync.begin(1);
        if (settle_original(folders_, sync, row, false) != MovedOriginal::moved) {
            log::warning("the original of a finished task stays in claimed/: its place is taken",
                         {{"id", row.id.text()}});
            return verdict;
        }
        sync.flush();
    }
    verdict.remove_claim = true;
    return verdict;
}

void RecoveryJudge::failed_already(Verdict& verdict) {
    const TaskRow& row = verdict.row;
    const DirectoryHandle folder = folders_.failed_folders.find(parent_of(row.original_name()));
    const auto record =
        folder ? read_error_file(folder->get(), error_file_name(name_of(row.original_name()), row.id))
               : std::nullopt;
    fail(verdict, record && record->quarantined ? TaskEvent::record_quarantined : TaskEvent::record_failed,
         record ? record->error
                : error_of(ErrorCode::internal_error, "found in failed/ without a readable error file"));
    if (record) {
        verdict.row.attempts = record->attempts;
    }
    verdict.counter = &Recovery::already_failed;
}

// REL, REL~2, … : does one of them hold a result with this id? Names may have been cleaned away between.
std::optional<ResultRecord> RecoveryJudge::find_result(TaskRow& row) {
    constexpr int kGap = 16;
    for (int number = 1, missing = 0; missing < kGap; ++number) {
        std::string name = result_name(row.source, number, row.id);
        if (!exists_below(folders_.results_folders, name)) {
            ++missing;
            continue;
        }
        missing = 0;
        auto result = read_result(folders_, name);
        if (result && result->id == row.id) {
            row.result = std::move(name);
            names_.adopt(row.result);
            return result;
        }
    }
    return std::nullopt;
}

// A file system without RENAME_NOREPLACE: a claim is link and unlink, and was interrupted in between.
void RecoveryJudge::unlink_twin(const std::string& source, const struct stat& image) {
    if (image.st_nlink < 2) {
        return;
    }
    const DirectoryHandle parent = folders_.incoming_folders.find(parent_of(source));
    const auto twin = parent ? fs::status_at(parent->get(), name_of(source)) : std::nullopt;
    if (twin && twin->st_ino == image.st_ino && twin->st_dev == image.st_dev) {
        fs::unlink_at(parent->get(), name_of(source));
    }
}

// The store was lost while this task was being settled as failed: it is tried again.
void RecoveryJudge::drop_own_error_file(const TaskRow& row) {
    const DirectoryHandle folder = folders_.failed_folders.find(parent_of(row.result));
    const std::string file = error_file_name(name_of(row.result), row.id);
    const auto record = folder ? read_error_file(folder->get(), file) : std::nullopt;
    if (record && record->id == row.id) {
        fs::unlink_at(folder->get(), file);
    }
}

}  // namespace hrn::supervisor::storage
