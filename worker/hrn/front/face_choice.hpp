// Which of a photo's faces are reconstructed ([model] faces).
//
// Pure function, any thread, cannot fail.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "worker/hrn/front/front_end.hpp"
#include "worker/hrn/front/points.hpp"

namespace hrn::front {

// Indices into the boxes, which come by falling score: the first, the largest, or all (in the given order).
[[nodiscard]] inline std::vector<std::size_t> choose_faces(const std::vector<Box>& boxes, FaceChoice choice) {
    std::vector<std::size_t> chosen(boxes.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    if (choice == FaceChoice::all || boxes.empty()) {
        return chosen;
    }
    if (choice == FaceChoice::first) {
        return {0};
    }
    const auto area = [&](std::size_t i) {
        return (boxes[i].x2 - boxes[i].x1) * (boxes[i].y2 - boxes[i].y1);
    };
    return {*std::max_element(chosen.begin(), chosen.end(),
                              [&](std::size_t a, std::size_t b) { return area(a) < area(b); })};
}

}  // namespace hrn::front
