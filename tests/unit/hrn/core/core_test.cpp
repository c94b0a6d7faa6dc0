// The Core on whole model directories: results do not depend on the batch, a broken face fails alone, and
// coefficients come from landmarks where the model says so. Three small batches through the real networks.
#include "worker/hrn/core/core.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/hrn/core/golden_arrays.hpp"
#include "worker/hrn/core/golden_core.hpp"
#include "worker/hrn/output/quality.hpp"
#include "worker/model/model_directory.hpp"

namespace hrn::core {
namespace {

std::vector<std::uint8_t> golden_bytes(const std::string& name) {
    const std::vector<double> numbers = golden_numbers(name);
    return {numbers.begin(), numbers.end()};
}

AlignedFace golden_face() {
    AlignedFace face;
    face.image_224 = golden_bytes("input_image_224");
    face.image_512 = golden_bytes("input_image_512");
    face.mask_224 = golden_bytes("input_face_mask_224");
    face.texture_target_224 = golden_bytes("input_image_for_tex_224");
    const std::vector<double> landmarks = golden_numbers("input_landmarks_224");
    std::copy(landmarks.begin(), landmarks.end(), face.landmarks_224.begin());
    return face;
}

model::ModelDirectory model_of(const std::string& profile) {
    return model::ModelDirectory(std::string(HRN_TEST_MODELS_DIR) + "/" + profile);
}

void expect_whole(const Reconstruction& face, const Topology& topology) {
    const auto n = static_cast<std::size_t>(topology.vertex_count);
    EXPECT_EQ(topology.uvs.size(), 2 * n);
    EXPECT_EQ(topology.dense_faces.size(), 2UL * 251 * 245);
    EXPECT_EQ(face.vertices.size(), 3 * n);
    EXPECT_EQ(face.normals.size(), 3 * n);
    EXPECT_EQ(face.texture.size(), 3UL * 65536);
    EXPECT_EQ(face.dense_positions.size(), 3UL * 65536);
    EXPECT_EQ(face.dense_normals.size(), 3UL * 65536);
    EXPECT_EQ(face.smoothed_mask.size(), 65536UL);
    EXPECT_EQ(face.rendered_mask.size(), 224UL * 224);
    EXPECT_EQ(face.dense_positions[0], 0.0F);  // outside the face
    EXPECT_GT(std::count(face.rendered_mask.begin(), face.rendered_mask.end(), 1), 10000);
}

TEST(Core, GivesAFaceTheSameBitsAloneAndInABatch) {
    Core core(model_of("test"), {"cpu", "fp32", 2});
    EXPECT_EQ(core.coefficients_from(), "network");
    std::vector<AlignedFace> faces = {golden_face(), golden_face()};
    std::reverse(faces[0].image_224.begin(), faces[0].image_224.end());
    const std::vector<CoreResult> both = core.run(faces);
    const std::vector<CoreResult> alone = core.run(std::span(faces).last(1));
    ASSERT_TRUE(both[0].face && both[1].face && alone[0].face);
    EXPECT_NE(both[0].face->coefficients, both[1].face->coefficients);
    EXPECT_EQ(both[1].face->coefficients, alone[0].face->coefficients);
    EXPECT_EQ(both[1].face->vertices, alone[0].face->vertices);
    EXPECT_EQ(both[1].face->normals, alone[0].face->normals);
    EXPECT_EQ(both[1].face->texture, alone[0].face->texture);
    EXPECT_EQ(both[1].face->dense_positions, alone[0].face->dense_positions);
    expect_whole(*alone[0].face, core.topology());
    EXPECT_GT(core.times().networks, 0);
}

class DemoCore : public testing::Test {
protected:
    static void SetUpTestSuite() {
        core_ = std::make_unique<Core>(model_of("demo"), CoreOptions{"cpu", "fp32", 2});
    }
    static void TearDownTestSuite() { core_.reset(); }
    static std::unique_ptr<Core> core_;
};
std::unique_ptr<Core> DemoCore::core_;

TEST_F(DemoCore, LaysTheMeshOnTheLandmarksAndOneBrokenFaceFailsAlone) {
    EXPECT_EQ(core_->coefficients_from(), "landmarks");
    std::vector<AlignedFace> faces = {golden_face(), golden_face()};
    faces[0].landmarks_224.fill(std::numeric_limits<float>::quiet_NaN());
    const std::vector<CoreResult> results = core_->run(faces);
    ASSERT_EQ(results.size(), 2U);
    ASSERT_TRUE(results[0].error.has_value());
    EXPECT_FALSE(results[0].face.has_value());
    EXPECT_EQ(results[0].error->code, FaceErrorCode::numerical_failure);
    EXPECT_FALSE(results[1].error.has_value());
    ASSERT_TRUE(results[1].face.has_value());
    const Reconstruction& face = *results[1].face;
    EXPECT_EQ(face.coefficients_from, "landmarks");
    double sum = 0;
    for (std::size_t i = 0; i < 136; ++i) {
        const double d = static_cast<double>(face.projected_68[i]) - faces[1].landmarks_224[i];
        sum += d * d;
    }
    EXPECT_LT(std::sqrt(sum / 68), 4);  // pixels of the crop, root mean square
}

TEST_F(DemoCore, RefusesACropOfTheWrongSizeAndGivesNothingForNothing) {
    std::vector<AlignedFace> faces = {golden_face()};
    faces[0].image_512.pop_back();
    EXPECT_THROW((void)core_->run(faces), std::invalid_argument);
    EXPECT_TRUE(core_->run({}).empty());
}

// On a GPU: the same promises. Null without one.
std::unique_ptr<Core> core_on_a_device(const std::string& profile) {
    try {
        return std::make_unique<Core>(model_of(profile), CoreOptions{"cuda:0", "fp16", 2});
    } catch (const std::invalid_argument&) {
        return nullptr;
    }
}

void expect_equal(const Reconstruction& a, const Reconstruction& b) {
    EXPECT_EQ(a.coefficients, b.coefficients);
    EXPECT_EQ(a.vertices, b.vertices);
    EXPECT_EQ(a.normals, b.normals);
    EXPECT_EQ(a.texture, b.texture);
    EXPECT_EQ(a.dense_positions, b.dense_positions);
    EXPECT_EQ(a.dense_normals, b.dense_normals);
    EXPECT_EQ(a.smoothed_mask, b.smoothed_mask);
    EXPECT_EQ(a.rendered_mask, b.rendered_mask);
    EXPECT_EQ(a.seen, b.seen);
    EXPECT_EQ(a.projected_68, b.projected_68);
}

TEST(CoreOnADevice, GivesAFaceTheSameBitsAtEveryPlaceOfABatchAndEachTime) {
    const std::unique_ptr<Core> core = core_on_a_device("test");
    if (!core) {
        GTEST_SKIP() << "no CUDA device";
    }
    std::vector<AlignedFace> faces = {golden_face(), golden_face(), golden_face()};
    std::reverse(faces[1].image_224.begin(), faces[1].image_224.end());
    const std::vector<CoreResult> once = core->run(faces);
    const std::vector<CoreResult> again = core->run(faces);
    ASSERT_TRUE(once[0].face && once[1].face && once[2].face && again[2].face);
    expect_whole(*once[0].face, core->topology());
    EXPECT_NE(once[0].face->coefficients, once[1].face->coefficients);
    expect_equal(*once[0].face, *once[2].face);
    expect_equal(*once[0].face, *again[2].face);
    EXPECT_FALSE(core->last_stages().empty());
    EXPECT_GT(core->times().fit, 0);
}

TEST(CoreOnADevice, GivesAFaceTheSameBitsInABatchOfAnySizeOnceItIsSettled) {
    const std::unique_ptr<Core> core = core_on_a_device("test");
    if (!core) {
        GTEST_SKIP() << "no CUDA device";
    }
    core->settle(32);
    EXPECT_TRUE(core->warnings().empty()) << core->warnings().front();
    std::vector<AlignedFace> faces(32, golden_face());
    for (std::size_t i = 0; i < faces.size(); ++i) {
        for (std::uint8_t& byte : faces[i].image_512) {
            byte = static_cast<std::uint8_t>(byte / 2 + 3 * i);
        }
        std::rotate(faces[i].image_224.begin(),
                    faces[i].image_224.begin() + static_cast<std::ptrdiff_t>(672 * i),
                    faces[i].image_224.end());
    }
    const auto run = [&](std::size_t first, std::size_t count) {
        std::vector<AlignedFace> some;
        for (std::size_t i = 0; i < count; ++i) {
            some.push_back(faces[(first + i) % faces.size()]);
        }
        return core->run(some);
    };
    const std::vector<CoreResult> want = run(0, faces.size());
    for (const std::size_t size : {1, 2, 3, 5, 8, 9, 13, 16, 17, 24, 31, 32}) {
        const std::size_t first = 7 * size % faces.size();
        const std::vector<CoreResult> got = run(first, size);
        for (std::size_t i = 0; i < size; ++i) {
            ASSERT_TRUE(got[i].face);
            expect_equal(*got[i].face, *want[(first + i) % faces.size()].face);
        }
    }
}

TEST(CoreOnADevice, SeesTheVerticesThatTheCpuSees) {
    for (const char* profile : {"test", "demo"}) {
        const std::unique_ptr<Core> core = core_on_a_device(profile);
        if (!core) {
            GTEST_SKIP() << "no CUDA device";
        }
        const Topology& model = core->topology();
        const output::Topology topology = output::make_topology(model.faces, model.uvs);
        std::vector<AlignedFace> faces = {golden_face(), golden_face()};
        std::fill(faces[1].mask_224.begin(), faces[1].mask_224.begin() + 224 * 112, std::uint8_t{0});
        const std::vector<CoreResult> results = core->run(faces);
        for (std::size_t i = 0; i < faces.size(); ++i) {
            ASSERT_TRUE(results[i].face);
            const Reconstruction& face = *results[i].face;
            EXPECT_EQ(face.seen, output::seen_in_photo(face, faces[i], topology)) << profile << " " << i;
            const auto seen = std::count(face.seen.begin(), face.seen.end(), 1);
            EXPECT_GT(seen, 100);
            EXPECT_LT(seen, static_cast<std::ptrdiff_t>(face.seen.size()));
        }
    }
}

TEST(CoreOnADevice, LetsABrokenFaceFailAlone) {
    const std::unique_ptr<Core> core = core_on_a_device("demo");
    if (!core) {
        GTEST_SKIP() << "no CUDA device";
    }
    std::vector<AlignedFace> faces = {golden_face(), golden_face()};
    const std::vector<CoreResult> well = core->run(faces);
    faces[0].landmarks_224.fill(std::numeric_limits<float>::quiet_NaN());
    const std::vector<CoreResult> results = core->run(faces);
    ASSERT_TRUE(results[0].error.has_value());
    EXPECT_FALSE(results[0].face.has_value());
    EXPECT_EQ(results[0].error->code, FaceErrorCode::numerical_failure);
    EXPECT_NE(results[0].error->message.find("landmarks"), std::string::npos);
    ASSERT_TRUE(results[1].face && well[1].face);
    EXPECT_EQ(results[1].face->coefficients_from, "landmarks");
    expect_equal(*results[1].face, *well[1].face);
    faces[0].image_512.pop_back();
    EXPECT_THROW((void)core->run(faces), std::invalid_argument);
    EXPECT_TRUE(core->run({}).empty());
}

TEST(GoldenStages, ComputeAQuantityFromWhateverOfItsAncestorsIsGiven) {
    const auto stages = make_golden_stages(model_of("test"), "cpu", "fp32", 2);
    EXPECT_TRUE(stages->knows("core"));
    EXPECT_TRUE(stages->knows("module"));
    EXPECT_FALSE(stages->knows("align_img"));
    GoldenValues given;
    given["coeffs"] = {{1, 257}, golden_numbers("coeffs")};
    const GoldenValue rotation = stages->compute("core", "rotation", given, "");
    const std::vector<double> want = golden_numbers("rotation");
    EXPECT_EQ(rotation.shape, (std::vector<std::int64_t>{1, 3, 3}));
    for (std::size_t i = 0; i < want.size(); ++i) {
        EXPECT_NEAR(rotation.numbers[i], want[i], 1e-6);
    }
}

TEST(GoldenStages, NameWhatIsUnknownMissingOrMisshapen) {
    const auto stages = make_golden_stages(model_of("test"), "cpu", "fp32", 2);
    const auto message = [&](const std::string& stage, const std::string& name, const GoldenValues& given) {
        try {
            (void)stages->compute(stage, name, given, "");
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string("nothing was thrown");
    };
    EXPECT_NE(message("core", "colour_of_eyes", {}).find("colour_of_eyes"), std::string::npos);
    EXPECT_NE(message("core", "coeffs", {}).find("input_image_224"), std::string::npos);
    EXPECT_NE(message("front", "coeffs", {}).find("front"), std::string::npos);
    EXPECT_NE(message("module", "module_other_output", {}).find("module_other_output"), std::string::npos);
    GoldenValues thinned;
    thinned["valid_mask"] = {{1, 1, 8, 8}, std::vector<double>(64)};
    EXPECT_NE(message("core", "smoothed_mask", thinned).find("valid_mask"), std::string::npos);
    thinned["valid_mask"] = {{1, 1, 256, 256}, std::vector<double>(64)};
    EXPECT_NE(message("core", "smoothed_mask", thinned).find("valid_mask"), std::string::npos);
}

}  // namespace
}  // namespace hrn::core
