#include "supervisor/loop/estimate.hpp"

#include "shared/complexity_score.hpp"

namespace hrn::supervisor {
namespace {

constexpr double kBytesPerPixel = 0.4;  // of a camera's JPEG, the usual case

}  // namespace

Estimate Estimate::of_bytes(std::uint64_t bytes) {
    Estimate estimate;
    estimate.megabytes = static_cast<double>(bytes) * 1e-6;
    estimate.score =
        complexity_by_size(static_cast<std::uint64_t>(static_cast<double>(bytes) / kBytesPerPixel));
    estimate.work = estimate.score;
    return estimate;
}

}  // namespace hrn::supervisor
