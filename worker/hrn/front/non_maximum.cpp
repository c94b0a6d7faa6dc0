#include "worker/hrn/front/non_maximum.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace hrn::front {
namespace {

// `extra` is added to every length: 0 or 1.
template <typename Number>
std::vector<int> suppress(const std::vector<Number>& boxes, const std::vector<Number>& scores,
                          double threshold, Number extra) {
    std::vector<int> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return scores[a] > scores[b]; });
    const auto area = [&](const Number* box) {
        return (box[2] - box[0] + extra) * (box[3] - box[1] + extra);
    };
    std::vector<bool> gone(scores.size(), false);
    std::vector<int> kept;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (gone[order[i]]) {
            continue;
        }
        kept.push_back(order[i]);
        const Number* best = boxes.data() + std::size_t{4} * order[i];
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            const Number* other = boxes.data() + std::size_t{4} * order[j];
            const Number width =
                std::max(Number{0}, std::min(best[2], other[2]) - std::max(best[0], other[0]) + extra);
            const Number height =
                std::max(Number{0}, std::min(best[3], other[3]) - std::max(best[1], other[1]) + extra);
            const Number overlap = width * height;
            const Number share = overlap / (area(best) + area(other) - overlap);
            if (share > threshold) {
                gone[order[j]] = true;
            }
        }
    }
    return kept;
}

}  // namespace

std::vector<int> suppress_torchvision(const std::vector<float>& boxes, const std::vector<float>& scores,
                                      double threshold) {
    return suppress(boxes, scores, threshold, 0.0F);
}

std::vector<int> suppress_s3fd(const std::vector<double>& boxes, const std::vector<double>& scores,
                               double threshold) {
    return suppress(boxes, scores, threshold, 1.0);
}

}  // namespace hrn::front
