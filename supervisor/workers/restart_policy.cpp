#include "supervisor/workers/restart_policy.hpp"

#include <algorithm>

namespace hrn::supervisor {
namespace {

// More than any sensible max_failures; keeps the list bounded whatever the settings are.
constexpr std::size_t kRemembered = 1000;

}  // namespace

std::uint64_t RestartPolicy::record_failure(TimePoint now) {
    if (failures_.size() >= kRemembered) {
        failures_.pop_front();
    }
    failures_.push_back({++last_id_, now});
    ++in_a_row_;
    return last_id_;
}

void RestartPolicy::forgive(std::uint64_t failure) {
    const auto found = std::find_if(failures_.begin(), failures_.end(),
                                    [&](const Failure& candidate) { return candidate.id == failure; });
    if (found != failures_.end()) {
        failures_.erase(found);
        in_a_row_ -= in_a_row_ > 0 ? 1 : 0;
    }
}

void RestartPolicy::record_success() {
    in_a_row_ = 0;
    if (probing_) {
        // The device was given up for these; it works again, so it starts with a clean slate.
        failures_.clear();
        probing_ = false;
    }
}

void RestartPolicy::reset() {
    failures_.clear();
    in_a_row_ = 0;
    probing_ = false;
}

std::size_t RestartPolicy::failures_in_window(TimePoint now, const Config::Restart& settings) {
    const Duration window = from_seconds(settings.failure_window_s);
    while (!failures_.empty() && now - failures_.front().time > window) {
        failures_.pop_front();
    }
    return failures_.size();
}

RestartPolicy::Decision RestartPolicy::decide(TimePoint now, const Config::Restart& settings,
                                              bool permanent) {
    const std::size_t failures = failures_in_window(now, settings);
    if (permanent || (probing_ && in_a_row_ > 0) ||
        failures >= static_cast<std::size_t>(std::max<std::int64_t>(1, settings.max_failures))) {
        return {true, from_seconds(settings.probe_interval_s)};
    }
    const auto initial = std::chrono::milliseconds(settings.initial_backoff_ms);
    const auto longest = std::chrono::milliseconds(settings.max_backoff_ms);
    Duration delay = initial;
    for (std::uint32_t i = 1; i < in_a_row_ && delay < longest; ++i) {
        delay *= 2;
    }
    return {false, with_jitter(std::min<Duration>(delay, longest))};
}

// 75 % to 125 %, so that the workers of a machine that died together do not all load together.
Duration RestartPolicy::with_jitter(Duration delay) {
    std::uniform_real_distribution<double> factor(0.75, 1.25);
    return from_seconds(to_seconds(delay) * factor(random_));
}

}  // namespace hrn::supervisor
