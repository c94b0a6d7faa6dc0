#include "shared/complexity_score.hpp"

#include <algorithm>

namespace hrn {
namespace {

constexpr double kSizeWeight = 0.4, kFaceWeight = 0.6;
constexpr double kFullSize = 2000.0 * 2000.0;
constexpr double kSmallFace = 0.05, kLargeFace = 0.30;
constexpr double kUnknownFactor = 0.5;

}  // namespace

double face_factor(double largest_share) {
    if (!(largest_share > 0)) {
        return 0.9;
    }
    if (largest_share < kSmallFace) {
        return 0.8;
    }
    return largest_share > kLargeFace ? 0.7 : 0.3;
}

double complexity_score(std::uint64_t pixels, double factor) {
    const double size = std::min(1.0, static_cast<double>(pixels) / kFullSize);
    return std::max(kLowestScore, kSizeWeight * size + kFaceWeight * factor);
}

double complexity_by_size(std::uint64_t pixels) {
    return complexity_score(pixels, kUnknownFactor);
}

}  // namespace hrn
