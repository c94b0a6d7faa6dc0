#include "supervisor/storage/janitor.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/storage/task_view.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr auto kRoundInterval = std::chrono::minutes(10);
constexpr double kDayMs = 86'400'000;
constexpr double kGigabyte = 1024.0 * 1024.0 * 1024.0;

void log_cleaned(const char* what, const Cleaned& cleaned) {
    if (cleaned.tasks > 0) {
        log::info(what, {{"tasks", std::to_string(cleaned.tasks)}, {"bytes", std::to_string(cleaned.bytes)}});
    }
}

}  // namespace

void Janitor::clean(CleanWalk::What what, std::int64_t before_ms, const JsonCallback& done) {
    jobs_.push_back({CleanWalk(parts_.folders, parts_.store, what, before_ms), done});
}

void Janitor::begin_round() {
    next_round_ = Clock::now() + kRoundInterval;
    const auto add = [&](CleanWalk::What what, double days) {
        if (days > 0) {
            const auto before = unix_milliseconds_now() - static_cast<std::int64_t>(days * kDayMs);
            jobs_.push_back({CleanWalk(parts_.folders, parts_.store, what, before), {}});
        }
    };
    add(CleanWalk::What::done_originals, parts_.config.done_days);
    add(CleanWalk::What::failed_tasks, parts_.config.failed_days);
    if (parts_.config.results_max_gb > 0) {
        limit_.emplace(parts_.folders, parts_.store, parts_.generations,
                       static_cast<std::uint64_t>(parts_.config.results_max_gb * kGigabyte));
    }
}

void Janitor::finish_job() {
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    const Cleaned& cleaned = job.walk.cleaned();
    log_cleaned(
        job.done ? "cleaned by a command" : "old originals and failed tasks were removed ([retention])",
        cleaned);
    if (job.done) {
        parts_.outbox.add([done = job.done, cleaned](StorageEvents&) {
            done({{"tasks", cleaned.tasks}, {"bytes", cleaned.bytes}});
        });
    }
}

void Janitor::step_limit() {
    if (limit_->step()) {
        log_cleaned("the oldest results were removed (retention.results_max_gb)", limit_->cleaned());
        limit_.reset();
    }
}

void Janitor::work() {
    if (!limit_ && Clock::now() >= next_round_ && !parts_.disk.in_trouble()) {
        begin_round();
    }
    if (!under_way()) {
        return;
    }
    std::string why;
    try {
        if (jobs_.empty()) {
            step_limit();
        } else if (jobs_.front().walk.step()) {
            finish_job();
        }
        return;
    } catch (const fs::FsError& error) {
        why = error.what();
        if (DiskWatch::is_machine_trouble(error)) {
            parts_.disk.trouble(error);
        }
    } catch (const StoreError& error) {
        if (!error.is_disk_full()) {
            throw;
        }
        why = error.what();
        parts_.disk.trouble(error);
    }
    log::warning("old files cannot be removed", {{"because", why}});
    if (jobs_.empty()) {
        limit_.reset();
        return;
    }
    if (const JsonCallback done = jobs_.front().done) {
        parts_.outbox.add([done, why](StorageEvents&) {
            done(error_answer("busy", "not everything could be removed: " + why));
        });
    }
    jobs_.pop_front();
}

Clock::time_point Janitor::next_time() const {
    if (under_way()) {
        return Clock::now();
    }
    const auto& config = parts_.config;
    const bool wanted = config.done_days > 0 || config.failed_days > 0 || config.results_max_gb > 0;
    return wanted ? next_round_ : Clock::time_point::max();
}

}  // namespace hrn::supervisor::storage
