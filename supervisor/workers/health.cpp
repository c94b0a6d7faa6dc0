#include "supervisor/workers/health.hpp"

#include <algorithm>

namespace hrn::supervisor {
namespace {

std::string seconds_text(double seconds) {
    std::string text = std::to_string(seconds);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
        text.pop_back();
    }
    return text + " s";
}

}  // namespace

Health::Finding Health::check(TimePoint now, const SegmentView& view, const std::vector<TaskId>& held,
                              const Config::Limits& limits) {
    if (load_began_) {
        if (now - *load_began_ > from_seconds(limits.load_timeout_s)) {
            return {KillReason::load_timeout,
                    {},
                    std::nullopt,
                    "it was not ready after limits.load_timeout_s = " + seconds_text(limits.load_timeout_s)};
        }
        return {};
    }
    watch_threads(now, view);
    watch_tasks(now, view, held);
    if (held.empty()) {
        last_activity_ = now;
        return {};
    }
    const Duration stage_limit = from_seconds(limits.stage_timeout_s);
    for (const ThreadWatch& thread : threads_) {
        if (stands_still(thread, now, stage_limit)) {
            return {KillReason::stage_timeout, standing_still(now, stage_limit / 2), std::nullopt,
                    "its thread " + std::to_string(thread.thread_id) + " made no progress in stage " +
                        std::string(stage_name(thread.stage)) +
                        " for limits.stage_timeout_s = " + seconds_text(limits.stage_timeout_s)};
        }
    }
    for (const auto& [id, since] : first_seen_in_stage_) {
        if (now - since > from_seconds(limits.task_timeout_s)) {
            return {KillReason::task_timeout,
                    {},
                    id,
                    "task " + id.text() +
                        " took longer than limits.task_timeout_s = " + seconds_text(limits.task_timeout_s)};
        }
    }
    if (now - last_activity_ > stage_limit) {
        return {KillReason::no_progress,
                {},
                std::nullopt,
                "it holds " + std::to_string(held.size()) +
                    " tasks and did nothing for limits.stage_timeout_s = " +
                    seconds_text(limits.stage_timeout_s)};
    }
    return {};
}

bool Health::stands_still(const ThreadWatch& thread, TimePoint now, Duration limit) {
    return thread.thread_id != 0 && thread.stage != Stage::none && now - thread.since > limit;
}

// Whoever reaches the limit first need not be the cause: when a process freezes as a whole, that is the
// thread that was furthest in its stage. All the others that stand still are named, too; a stage that works
// takes a small part of its limit.
std::vector<int> Health::standing_still(TimePoint now, Duration limit) const {
    std::vector<int> threads;
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        if (stands_still(threads_[i], now, limit)) {
            threads.push_back(static_cast<int>(i));
        }
    }
    return threads;
}

void Health::watch_threads(TimePoint now, const SegmentView& view) {
    for (std::size_t i = 0; i < view.threads.size() && i < threads_.size(); ++i) {
        const ThreadView& seen = view.threads[i];
        ThreadWatch& watch = threads_[i];
        if (seen.progress != watch.progress || seen.stage != watch.stage ||
            seen.thread_id != watch.thread_id) {
            watch = {seen.progress, seen.stage, seen.thread_id, now};
            last_activity_ = now;
        }
    }
}

// A task's clock starts when it is first seen in a stage: the time in the ring is not the task's.
void Health::watch_tasks(TimePoint now, const SegmentView& view, const std::vector<TaskId>& held) {
    std::erase_if(first_seen_in_stage_, [&](const auto& entry) {
        return std::find(held.begin(), held.end(), entry.first) == held.end();
    });
    for (const HeldTask& slot : view.held) {
        if (slot.state.presence == Presence::in &&
            std::find(held.begin(), held.end(), slot.id) != held.end()) {
            first_seen_in_stage_.emplace(slot.id, now);
        }
    }
}

}  // namespace hrn::supervisor
