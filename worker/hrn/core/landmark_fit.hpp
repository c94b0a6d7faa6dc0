// Coefficients without a network (design.md 11): pose from the 68 landmarks of the crop (the
// perspective-n-point problem), identity and expression by regularised least squares over the model's own
// bases. All unknowns are refined together by damped Gauss-Newton steps.
//
// Immutable after construction; fit() may be called by any thread. The few rows of the model that are
// needed are copied.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "worker/hrn/core/coefficients.hpp"
#include "worker/hrn/core/face_model.hpp"

namespace hrn::core {

class LandmarkFit {
public:
    explicit LandmarkFit(const FaceModel& model);
    // landmarks: 68 x (x, y), pixels of the 224 crop, y UP. Returns id 80, exp 64, texture 80 (zero: the mean
    // texture), angles 3, gamma 27 (zero: ambient light), translation 3. Landmarks that are not finite give
    // coefficients that are not finite: the caller's check for numerical failures sees them.
    [[nodiscard]] Coefficients fit(std::span<const float, 136> landmarks) const;
    // Root mean square distance in pixels of the crop between the landmarks and the projected model.
    [[nodiscard]] double reprojection_error(const Coefficients& coefficients,
                                            std::span<const float, 136> landmarks) const;

private:
    struct Unknowns;
    [[nodiscard]] std::array<double, 3> model_point(std::size_t landmark, const Unknowns& at) const;
    [[nodiscard]] double cost(const Unknowns& at, std::span<const float, 136> landmarks) const;
    [[nodiscard]] bool improve(Unknowns& at, std::span<const float, 136> landmarks, std::size_t unknowns,
                               double& damping) const;

    std::array<std::array<double, 3>, landmark_count> mean_{};
    // For each landmark and axis the row of the basis.
    std::vector<std::array<double, shape_count>> rows_;
};

}  // namespace hrn::core
