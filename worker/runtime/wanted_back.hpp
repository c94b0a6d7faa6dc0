// The tasks that the supervisor asked to have back and that were in nobody's queue just then: a decode thread
// has them in hand, or they are being computed. Few, and mostly none.
//
// Owned by the pipeline; any thread. A note goes when the task's stay in the worker ends, however that is.
// One that was made just after that end is of no use and does no harm: it goes when the task comes again
// (submit forgets it), or when there are too many.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "shared/task_id.hpp"

namespace hrn::runtime {

class WantedBack {
public:
    void note(const TaskId& id, std::uint32_t attempt) {
        const std::lock_guard lock(mutex_);
        if (tasks_.size() >= kMostNotes) {
            tasks_.erase(tasks_.begin());
        }
        tasks_.emplace_back(id, attempt);
        any_.store(true, std::memory_order_seq_cst);
    }
    [[nodiscard]] bool wants(const TaskId& id, std::uint32_t attempt) const {
        if (!any_.load(std::memory_order_seq_cst)) {
            return false;
        }
        const std::lock_guard lock(mutex_);
        return std::find(tasks_.begin(), tasks_.end(), std::pair(id, attempt)) != tasks_.end();
    }
    void forget(const TaskId& id) {
        if (!any_.load(std::memory_order_seq_cst)) {
            return;
        }
        const std::lock_guard lock(mutex_);
        std::erase_if(tasks_, [&](const auto& task) { return task.first == id; });
        any_.store(!tasks_.empty(), std::memory_order_seq_cst);
    }

private:
    static constexpr std::size_t kMostNotes = 512;  // twice what a worker can hold
    mutable std::mutex mutex_;
    std::atomic<bool> any_{false};
    std::vector<std::pair<TaskId, std::uint32_t>> tasks_;
};

}  // namespace hrn::runtime
