#include "worker/hrn/output/quality.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/visibility.hpp"

namespace hrn::output {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Case {
    testing::GridMesh mesh = testing::dome(40);
    Reconstruction face = testing::reconstruction_of(mesh);
    AlignedFace aligned = testing::aligned_face();

    [[nodiscard]] Quality judged() const { return judge(face, aligned, mesh.topology); }
};

TEST(Visibility, SeesAFrontalDomeWhollyAndHeadOnInTheMiddle) {
    const auto mesh = testing::dome(41);
    const auto cosines = seen_cosines(mesh.view());
    for (const float cosine : cosines) {
        EXPECT_GT(cosine, 0.4F);
    }
    EXPECT_NEAR(cosines[20 * 41 + 20], 1.0F, 1e-4);
}

TEST(Visibility, DoesNotSeeWhatLiesBehindOrLooksAway) {
    // Two sheets over the same pixels, then one whose normals point away.
    MeshView view;
    const std::vector<float> positions{-.9F, -.9F, 1, .9F, -.9F, 1, 0, .9F, 1,
                                       -.2F, -.2F, 0, .2F, -.2F, 0, 0, 0,   0};
    const std::vector<float> normals{0, 0, 1, 0, 0, 1, 0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 1};
    const std::vector<std::int32_t> faces{0, 1, 2, 3, 4, 5};
    view.positions = positions;
    view.normals = normals;
    view.faces = faces;
    const auto cosines = seen_cosines(view);
    EXPECT_GT(cosines[0], 0.9F);
    EXPECT_EQ(cosines[2], 0.0F);  // looks away
    for (std::size_t i = 3; i < 6; ++i) {
        EXPECT_EQ(cosines[i], 0.0F) << i;  // behind
    }
}

TEST(Quality, FindsNothingSuspectInAPerfectFrontalFace) {
    const Quality quality = Case().judged();
    EXPECT_FLOAT_EQ(quality.landmark_error, 0);
    EXPECT_FLOAT_EQ(quality.yaw_degrees, 0);
    EXPECT_FLOAT_EQ(quality.visible_texture, 1);
    EXPECT_FLOAT_EQ(quality.detector_score, 1.5F);
    EXPECT_FALSE(quality.suspect());
}

TEST(Quality, MeasuresTheMeanLandmarkDistance) {
    Case c;
    for (std::size_t i = 0; i < 136; i += 2) {
        c.face.projected_68[i] = 50 + 6;
        c.face.projected_68[i + 1] = 50 - 8;
    }
    const Quality quality = c.judged();
    EXPECT_FLOAT_EQ(quality.landmark_error, 10);
    EXPECT_THAT(quality.suspicions, ElementsAre("landmark_error"));
}

TEST(Quality, MeasuresTheYawWithItsSign) {
    Case c;
    c.face.coefficients[225] = 0.5F;  // b, about the vertical
    EXPECT_NEAR(c.judged().yaw_degrees, 28.6479F, 1e-3);
    c.face.coefficients[225] = -1.2F;
    const Quality quality = c.judged();
    EXPECT_NEAR(quality.yaw_degrees, -68.7549F, 1e-3);
    EXPECT_THAT(quality.suspicions, ElementsAre("profile"));
}

TEST(Quality, CountsOnlyTheMaskedInPartOfTheTexture) {
    Case c;
    for (std::size_t row = 0; row < 224; ++row) {
        for (std::size_t column = 0; column < 112; ++column) {
            c.aligned.mask_224[row * 224 + column] = 0;
        }
    }
    EXPECT_NEAR(c.judged().visible_texture, 0.5F, 0.03F);
}

TEST(Quality, SuspectsAFaceOutsideThePicture) {
    Case c;
    for (std::size_t i = 0; i < c.face.vertices.size(); i += 3) {
        c.face.vertices[i] += 5;
    }
    EXPECT_THAT(c.judged().suspicions, ElementsAre("little_visible"));
}

TEST(Quality, SuspectsNumbersThatAreNotFinite) {
    Quality quality;
    quality.visible_texture = 1;
    EXPECT_THAT(suspicions_of(quality), IsEmpty());
    quality.landmark_error = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THAT(suspicions_of(quality), ElementsAre("not_finite"));
}

TEST(Quality, RefusesWrongSizes) {
    Case c;
    c.face.projected_68.pop_back();
    EXPECT_THROW((void)c.judged(), std::invalid_argument);
    c = {};
    c.aligned.mask_224.clear();
    EXPECT_THROW((void)c.judged(), std::invalid_argument);
    c = {};
    c.mesh.topology.uvs.clear();
    EXPECT_THROW((void)c.judged(), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
