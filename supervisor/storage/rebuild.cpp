#include "supervisor/storage/rebuild.hpp"

#include <optional>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "supervisor/storage/publish.hpp"
#include "supervisor/storage/result_names.hpp"
#include "supervisor/storage/settle.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr const char* kFact = "rebuild";  // schema.cpp writes it, too
constexpr const char* kErrorSuffix = ".error.json";
constexpr int kEntriesPerStep = 64;  // a few milliseconds of reading JSON

// The reserved name whose error file has this name; it may have been cut.
std::string name_behind(int folder, const std::string& error_file, const FailureRecord& record) {
    std::string plain = error_file.substr(0, error_file.size() - std::string(kErrorSuffix).size());
    if (record.source.empty() || !record.id || fs::status_at(folder, plain)) {
        return plain;
    }
    constexpr int kNumbersTried = 64;
    for (int number = 1; number <= kNumbersTried; ++number) {
        std::string name = name_of(result_name(record.source, number, *record.id));
        if (error_file_name(name, *record.id) == error_file && fs::status_at(folder, name)) {
            return name;
        }
    }
    return plain;
}

}  // namespace

bool Rebuild::is_wanted(TaskStore& store) {
    return store.fact(kFact) == "1";
}

bool Rebuild::step() {
    for (int i = 0; i < kEntriesPerStep; ++i) {
        if (!reader_) {
            if (places_.empty()) {
                break;
            }
            enter_next();
            continue;
        }
        const auto entry = reader_.next();
        if (!entry) {
            reader_ = {};
            continue;
        }
        try {
            look_at(*entry);
        } catch (const fs::FsError& error) {
            if (error.is_disk_trouble()) {
                throw;
            }
            log::warning("not rebuilt: cannot read", {{"name", entry->name}, {"why", error.what()}});
        }
    }
    store_gathered();
    if (reader_ || !places_.empty()) {
        return false;
    }
    store_.set_fact(kFact, "0");
    return true;
}

void Rebuild::enter_next() {
    here_ = std::move(places_.back());
    places_.pop_back();
    try {
        auto folder = fs::open_beneath(here_.in_failed ? folders_.failed.get() : folders_.results.get(),
                                       here_.folder, here_.in_failed);
        if (folder) {
            reader_ = DirectoryReader(std::move(*folder), here_.folder);
        }
    } catch (const fs::FsError& error) {
        log::warning("not rebuilt: cannot read a folder", {{"folder", here_.folder}, {"why", error.what()}});
    }
}

void Rebuild::look_at(const DirectoryReader::Entry& entry) {
    if (entry.name.front() == '.') {
        return;
    }
    const bool may_be_folder = entry.type == DT_DIR || entry.type == DT_UNKNOWN;
    if (!here_.in_failed) {
        if (may_be_folder) {
            look_at_possible_result(joined(here_.folder, entry.name));
        }
    } else if (entry.name.ends_with(kErrorSuffix) && entry.type != DT_DIR) {
        add_failed(entry.name);
    } else if (may_be_folder) {
        places_.push_back({true, joined(here_.folder, entry.name)});
    }
}

void Rebuild::look_at_possible_result(const std::string& folder) {
    const auto descriptor = fs::open_beneath(folders_.results.get(), folder, false);
    if (!descriptor) {
        return;
    }
    const auto result = read_result_at(descriptor->get());
    if (!result) {
        places_.push_back({false, folder});
        return;
    }
    // Nothing of ours lies below a result: it is not entered.
    TaskRow row;
    row.id = result->id;
    row.source = result->source.empty() ? folder : result->source;
    row.result = folder;
    row.attempts = result->attempts;
    row.device = result->device;
    row.claimed_ms = row.finished_ms = result->time_ms;
    row.state = TaskState::settled_done;
    gathered_.push_back(std::move(row));
}

void Rebuild::add_failed(const std::string& error_file) {
    const auto record = read_error_file(reader_.fd(), error_file);
    if (!record) {
        return;
    }
    TaskRow row;
    row.id = record->id ? *record->id : TaskId::generate();
    row.result = joined(here_.folder, name_behind(reader_.fd(), error_file, *record));
    row.source = record->source.empty() ? row.result : record->source;
    row.attempts = record->attempts;
    row.claimed_ms = record->claimed_ms;
    row.finished_ms = record->finished_ms != 0 ? record->finished_ms : 1;
    row.error = error_json(record->error);
    row.worker = record->error.worker;
    row.device = record->error.device;
    row.state = record->quarantined ? TaskState::settled_quarantined : TaskState::settled_failed;
    gathered_.push_back(std::move(row));
}

void Rebuild::store_gathered() {
    if (gathered_.empty()) {
        return;
    }
    Transaction transaction(store_.database());
    std::uint64_t rows = 0;
    for (TaskRow row : gathered_) {
        const TaskEvent event = row.state == TaskState::settled_done     ? TaskEvent::rebuild_done
                                : row.state == TaskState::settled_failed ? TaskEvent::rebuild_failed
                                                                         : TaskEvent::rebuild_quarantined;
        row.state = TaskState::absent;
        rows += store_.insert_if_absent(row, event) ? 1 : 0;
    }
    transaction.commit();
    gathered_.clear();
    rows_ += rows;
}

}  // namespace hrn::supervisor::storage
