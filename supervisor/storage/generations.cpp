#include "supervisor/storage/generations.hpp"

#include <optional>

#include "shared/fs.hpp"
#include "shared/log.hpp"
#include "shared/worker_launch.hpp"

namespace hrn::supervisor::storage {

namespace {
constexpr auto kTryAgainAfter = std::chrono::seconds(5);
constexpr auto kLookAgainAfter = std::chrono::milliseconds(20);
constexpr int kStepsPerTurn = 16;
}  // namespace

void Generations::make(std::uint64_t generation) {
    fs::make_directory_at(folders_.temporary.get(), generation_text(generation));
}

void Generations::remove(std::uint64_t generation) {
    unwanted_.push_back({generation_text(generation), ""});
}

void Generations::remove_task(std::uint64_t generation, const TaskId& id) {
    unwanted_.push_back({generation_text(generation), id.text()});
}

void Generations::remove_all_found() {
    const auto folder = fs::open_beneath(folders_.results.get(), ".tmp", false);
    if (!folder) {
        return;
    }
    fs::for_each_entry(folder->get(), [&](const fs::DirectoryEntry& entry) {
        unwanted_.push_back({std::string(entry.name), ""});
        return true;
    });
}

bool Generations::remove_one_step(const Unwanted& unwanted) {
    const int temporary = folders_.temporary.get();
    if (unwanted.task.empty()) {
        const auto status = fs::status_at(temporary, unwanted.generation);
        if (!status) {
            return true;
        }
        if (!S_ISDIR(status->st_mode)) {
            return fs::unlink_at(temporary, unwanted.generation), true;
        }
    }
    const auto folder = fs::open_beneath(temporary, unwanted.generation, false);
    if (!folder) {
        return true;
    }
    if (!unwanted.task.empty()) {
        fs::remove_tree_at(folder->get(), unwanted.task);
        return true;
    }
    std::string first;
    fs::for_each_entry(folder->get(), [&](const fs::DirectoryEntry& entry) {
        first = entry.name;
        return false;
    });
    if (first.empty()) {
        fs::remove_directory_at(temporary, unwanted.generation);
        return true;
    }
    fs::remove_tree_at(folder->get(), first);
    return false;
}

// Others have their turn first.
void Generations::try_again_after(std::chrono::milliseconds time) {
    unwanted_.push_back(std::move(unwanted_.front()));
    unwanted_.pop_front();
    next_try_ = Clock::now() + time;
}

void Generations::remove_some(const std::function<bool(const std::string& generation)>& is_awaited) {
    for (int step = 0; step < kStepsPerTurn && has_work(); ++step) {
        const Unwanted& next = unwanted_.front();
        if (next.task.empty() && is_awaited(next.generation)) {
            try_again_after(kLookAgainAfter);
            return;
        }
        try {
            if (remove_one_step(unwanted_.front())) {
                unwanted_.pop_front();
            }
        } catch (const fs::FsError& error) {
            log::debug("cannot remove a worker's old folder yet",
                       {{"folder", unwanted_.front().generation}, {"why", error.what()}});
            try_again_after(kTryAgainAfter);
            return;
        }
    }
}

}  // namespace hrn::supervisor::storage
