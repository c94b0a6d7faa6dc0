#include "supervisor/loop/duration_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace hrn::supervisor {
namespace {

constexpr double kSmallest = 1e-6;

}  // namespace

int DurationHistogram::bucket_of(double seconds) {
    if (!(seconds > kSmallest)) {
        return 0;
    }
    const double position = std::log2(seconds / kSmallest) * kStepsPerDoubling;
    return std::clamp(static_cast<int>(std::ceil(position)), 0, kBuckets - 1);
}

double DurationHistogram::upper_end(int bucket) {
    return kSmallest * std::exp2(static_cast<double>(bucket) / kStepsPerDoubling);
}

void DurationHistogram::add(double seconds) {
    ++buckets_[static_cast<std::size_t>(bucket_of(seconds))];
    ++count_;
    sum_ += std::max(0.0, seconds);
}

double DurationHistogram::quantile(double quantile) const {
    if (count_ == 0) {
        return 0;
    }
    const auto wanted = static_cast<std::uint64_t>(
        std::max(1.0, std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count_))));
    std::uint64_t seen = 0;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
        seen += buckets_[static_cast<std::size_t>(bucket)];
        if (seen >= wanted) {
            return upper_end(bucket);
        }
    }
    return upper_end(kBuckets - 1);
}

std::uint64_t DurationHistogram::count_up_to(double seconds) const {
    std::uint64_t seen = 0;
    for (int bucket = 0; bucket <= bucket_of(seconds); ++bucket) {
        seen += buckets_[static_cast<std::size_t>(bucket)];
    }
    return seen;
}

}  // namespace hrn::supervisor
