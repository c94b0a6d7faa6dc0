// A histogram of durations in bounded memory: from 1 microsecond to about 19 hours in steps of at most 3.2 %,
// so any percentile is right within that. Pure.
#pragma once

#include <array>
#include <cstdint>

namespace hrn::supervisor {

class DurationHistogram {
public:
    void add(double seconds);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double sum() const { return sum_; }
    [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
    // The duration that a share `quantile` (0..1) of all does not exceed; 0 without any.
    [[nodiscard]] double quantile(double quantile) const;
    // How many are at most `seconds` long, within the histogram's resolution.
    [[nodiscard]] std::uint64_t count_up_to(double seconds) const;

private:
    static constexpr int kStepsPerDoubling = 22;
    static constexpr int kDoublings = 36;
    static constexpr int kBuckets = kStepsPerDoubling * kDoublings;
    [[nodiscard]] static int bucket_of(double seconds);
    [[nodiscard]] static double upper_end(int bucket);

    std::array<std::uint32_t, kBuckets> buckets_{};
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

}  // namespace hrn::supervisor
