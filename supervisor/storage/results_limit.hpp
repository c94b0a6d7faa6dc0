// [retention] results_max_gb: measures all results of the store, and while they take more than the limit
// throws the oldest tasks away: result, original in done/, row. A few rows at a time.
//
// Owned by the storage thread (janitor.hpp). A result leaves results/ by one rename into results/.tmp/, so it
// is whole or gone for whoever looks. Only a folder whose result.json bears the task's id is touched.
// Throws FsError, StoreError; step() may be called again.
#pragma once

#include <cstdint>

#include "supervisor/storage/clean_walk.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/generations.hpp"
#include "supervisor/storage/task_store.hpp"

namespace hrn::supervisor::storage {

class ResultsLimit {
public:
    ResultsLimit(Folders& folders, TaskStore& store, Generations& generations, std::uint64_t limit_bytes);

    // true: they fit, or nothing more can be thrown away.
    bool step();
    [[nodiscard]] const Cleaned& cleaned() const { return cleaned_; }
    [[nodiscard]] std::uint64_t total_bytes() const { return total_; }

private:
    bool remove_task(const TaskRow& row);

    Folders& folders_;
    TaskStore& store_;
    Generations& generations_;
    const std::uint64_t limit_;
    bool measured_ = false;
    TaskId last_{};
    std::uint64_t total_ = 0;  // blocks on disk, in bytes
    Cleaned cleaned_;
};

}  // namespace hrn::supervisor::storage
