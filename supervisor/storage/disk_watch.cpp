#include "supervisor/storage/disk_watch.hpp"

#include <algorithm>
#include <cerrno>

#include "shared/log.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr std::chrono::milliseconds kFirstTry{50}, kLongestWait{1000};
constexpr const char* kProblem = "disk_full";
constexpr const char* kOtherProblem = "storage_trouble";

void write_and_sync(int folder) {
    fs::unlink_at(folder, kProbeName);
    fs::write_file_at(folder, kProbeName, std::string(64 * 1024, '\0'), true);
    fs::unlink_at(folder, kProbeName);
}

std::string megabytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MB";
}

}  // namespace

DiskWatch::DiskWatch(const Folders& folders, const Config::Spool& config, Outbox& outbox)
    : folders_(folders), config_(config), outbox_(outbox) {}

bool DiskWatch::is_machine_trouble(const fs::FsError& error) {
    return error.is_disk_trouble() || error.error() == EMFILE || error.error() == ENFILE ||
           error.error() == ENOMEM;
}

void DiskWatch::begin(const char* problem, const std::string& text) {
    in_trouble_ = true;
    wait_longer();
    outbox_.raise(problem, text + "; intake and dispatch pause, and go on by themselves");
}

void DiskWatch::trouble(const fs::FsError& error) {
    begin(error.is_disk_trouble() ? kProblem : kOtherProblem,
          "spool or results: " + log::printable(error.what()));
}

void DiskWatch::trouble(const StoreError& error) {
    begin(kProblem, "state_dir: " + std::string(error.what()));
}

bool DiskWatch::may_work() {
    if (!in_trouble_) {
        return true;
    }
    if (Clock::now() < next_try_) {
        return false;
    }
    if (probe()) {
        return true;
    }
    wait_longer();
    return false;
}

void DiskWatch::wait_longer() {
    wait_ = std::clamp(2 * wait_, kFirstTry, kLongestWait);
    next_try_ = Clock::now() + wait_;
}

void DiskWatch::worked() {
    if (!in_trouble_) {
        return;
    }
    in_trouble_ = false;
    wait_ = {};
    outbox_.clear(kOtherProblem);
    if (!low_) {
        outbox_.clear(kProblem);
    }
}

bool DiskWatch::probe() const {
    try {
        write_and_sync(folders_.claimed.get());
        write_and_sync(folders_.temporary.get());
        return true;
    } catch (const fs::FsError&) {
        return false;  // the trouble that was raised still is the news
    }
}

void DiskWatch::measure() {
    try {
        free_spool_ = fs::free_bytes(folders_.spool.get());
        free_results_ = fs::free_bytes(folders_.results.get());
    } catch (const fs::FsError& error) {
        trouble(error);
        return;
    }
    const std::uint64_t wanted = static_cast<std::uint64_t>(config_.min_free_mb) << 20;
    const bool was_low = low_;
    low_ = free_spool_ < wanted || free_results_ < wanted;
    if (low_ && !in_trouble_) {
        // Without the figures: they change every second, and status shows them anyway.
        outbox_.raise(kProblem, std::string(free_spool_ < wanted ? "spool_dir" : "results_dir") +
                                    " has less than " + megabytes(wanted) +
                                    " free ([spool] min_free_mb): intake pauses");
    } else if (was_low && !low_ && !in_trouble_) {
        outbox_.clear(kProblem);
    }
}

}  // namespace hrn::supervisor::storage
