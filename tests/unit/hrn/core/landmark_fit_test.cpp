// Coefficients from landmarks (design.md 11), and the solver under it.
#include "worker/hrn/core/landmark_fit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "tests/unit/hrn/core/golden_arrays.hpp"
#include "tests/unit/hrn/core/small_face.hpp"
#include "worker/hrn/core/dense_solver.hpp"
#include "worker/hrn/core/stages.hpp"

namespace hrn::core {
namespace {

using Landmarks = std::array<float, 136>;

Landmarks landmarks_of(const FaceModel& model, const Coefficients& coefficients) {
    Team team(1);
    const std::vector<float> points =
        projected_landmarks(model, base_shape(model, coefficients, team).camera);
    Landmarks out{};
    std::copy(points.begin(), points.end(), out.begin());
    return out;
}

Coefficients posed_by(float a, float b, float c, float x, float y, float z) {
    Coefficients out{};
    out[angles_at] = a;
    out[angles_at + 1] = b;
    out[angles_at + 2] = c;
    out[translation_at] = x;
    out[translation_at + 1] = y;
    out[translation_at + 2] = z;
    return out;
}

TEST(LandmarkFit, FindsThePoseThatMadeTheLandmarks) {
    const FaceModel model = small_face();
    const LandmarkFit fit(model);
    const std::array<Coefficients, 3> poses = {posed_by(0, 0, 0, 0, 0, 0),
                                               posed_by(0.2F, -0.5F, 0.1F, 0.1F, -0.1F, 0.5F),
                                               posed_by(-0.3F, 0.4F, -0.4F, -0.2F, 0.05F, -1)};
    for (const Coefficients& truth : poses) {
        const Landmarks landmarks = landmarks_of(model, truth);
        const Coefficients found = fit.fit(landmarks);
        for (std::size_t k = 0; k < 3; ++k) {
            EXPECT_NEAR(found[angles_at + k], truth[angles_at + k], 0.01);
            EXPECT_NEAR(found[translation_at + k], truth[translation_at + k], 0.05);
        }
        EXPECT_LT(fit.reprojection_error(found, landmarks), 0.2);
    }
}

TEST(LandmarkFit, FollowsAnotherIdentityAndExpression) {
    const FaceModel model = small_face();
    const LandmarkFit fit(model);
    Coefficients truth = posed_by(0.1F, 0.3F, 0, 0, 0, 0);
    for (std::size_t k = 0; k < shape_count; k += 5) {
        truth[k] = k % 2 == 0 ? 0.8F : -0.8F;
    }
    const Landmarks landmarks = landmarks_of(model, truth);
    const double rigid = fit.reprojection_error(posed_by(0.1F, 0.3F, 0, 0, 0, 0), landmarks);
    EXPECT_GT(rigid, 3);
    EXPECT_LT(fit.reprojection_error(fit.fit(landmarks), landmarks), 1.0);
}

TEST(LandmarkFit, LeavesTextureAndLightNeutral) {
    const FaceModel model = small_face();
    const Coefficients found = LandmarkFit(model).fit(landmarks_of(model, posed_by(0, 0.2F, 0, 0, 0, 0)));
    for (std::size_t k = texture_at; k < angles_at; ++k) {
        EXPECT_EQ(found[k], 0.0F);
    }
    for (std::size_t k = gamma_at; k < translation_at; ++k) {
        EXPECT_EQ(found[k], 0.0F);
    }
}

TEST(LandmarkFit, LaysTheFaceOnTheLandmarksOfARealPhoto) {
    const FaceModel model = small_face();
    const LandmarkFit fit(model);
    const std::vector<double> numbers = golden_numbers("input_landmarks_224");
    Landmarks landmarks{};
    std::copy(numbers.begin(), numbers.end(), landmarks.begin());
    const Coefficients found = fit.fit(landmarks);
    EXPECT_LT(fit.reprojection_error(found, landmarks), 4.0);
    for (std::size_t k = 0; k < shape_count; ++k) {
        EXPECT_LT(std::fabs(found[k]), 6.0F);  // a face still, not a crumpled sheet
    }
}

TEST(LandmarkFit, GivesNoNumbersForLandmarksThatAreNone) {
    const FaceModel model = small_face();
    Landmarks landmarks{};
    landmarks.fill(std::numeric_limits<float>::quiet_NaN());
    EXPECT_FALSE(all_finite(LandmarkFit(model).fit(landmarks)));
}

TEST(LandmarkFit, EndsForLandmarksThatFitNoFace) {
    const FaceModel model = small_face();
    const LandmarkFit fit(model);
    Landmarks scattered{};
    for (std::size_t i = 0; i < scattered.size(); ++i) {
        scattered[i] = static_cast<float>(i * 7919 % 224);
    }
    const Coefficients found = fit.fit(scattered);
    EXPECT_TRUE(all_finite(found));
}

TEST(NormalEquations, SolveAnOverdeterminedSystem) {
    // y = 2 x - 1 through three points, one of them off by 3 with little weight.
    NormalEquations equations(2);
    equations.add(std::array<double, 2>{1, 1}, 1, 1);
    equations.add(std::array<double, 2>{3, 1}, 5, 1);
    equations.add(std::array<double, 2>{2, 1}, 6, 1e-9);
    std::array<double, 2> x{};
    ASSERT_TRUE(equations.solve(0, x));
    EXPECT_NEAR(x[0], 2, 1e-6);
    EXPECT_NEAR(x[1], -1, 1e-6);
}

TEST(NormalEquations, RefuseASingularMatrix) {
    NormalEquations equations(2);
    equations.add(std::array<double, 2>{1, 1}, 1, 1);
    std::array<double, 2> x{};
    EXPECT_FALSE(equations.solve(0, x));
    equations.add_prior(1, 0, 1);
    EXPECT_TRUE(equations.solve(0, x));
}

}  // namespace
}  // namespace hrn::core
