// results/.tmp/GENERATION/: one folder a worker start, in which that worker writes. Made before it starts,
// removed with everything in it when it is gone; those of an earlier supervisor are never published
// (design.md 4). Removal may be long, so it is done a task's folder at a time.
//
// Owned by the storage thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "shared/task_id.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/waiting_files.hpp"

namespace hrn::supervisor::storage {

class Generations {
public:
    explicit Generations(const Folders& folders) : folders_(folders) {}

    void make(std::uint64_t generation);  // throws FsError
    void remove(std::uint64_t generation);
    void remove_task(std::uint64_t generation, const TaskId& id);  // its folder only
    void remove_all_found();                                       // at start-up: none is in use
    // Anything else that was moved to results/.tmp/ to be removed, under a name that no generation has.
    void remove_named(const std::string& name) { unwanted_.push_back({name, ""}); }

    // Removes a little. Trouble (a worker that is still writing, a read-only disk) is tried again later; so
    // is a generation of which a result is still to be published, though its worker is gone.
    void remove_some(const std::function<bool(const std::string& generation)>& is_awaited);
    [[nodiscard]] bool has_work() const { return !unwanted_.empty() && Clock::now() >= next_try_; }

private:
    struct Unwanted {
        std::string generation;
        std::string task;  // "": the whole generation
    };
    bool remove_one_step(const Unwanted& unwanted);
    void try_again_after(std::chrono::milliseconds time);

    const Folders& folders_;
    std::deque<Unwanted> unwanted_;
    Clock::time_point next_try_{};
};

}  // namespace hrn::supervisor::storage
