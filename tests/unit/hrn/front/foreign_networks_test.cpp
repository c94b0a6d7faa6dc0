// Networks that come as whole files of somebody else's making: the segmentation graph through OpenCV, FAN as
// a TorchScript archive. The files in tests/data/front are tiny stand-ins: segment_grey.pb is a TensorFlow
// graph of one 1 x 1 convolution (0.5, 0.25, 0.25) named output_alpha; fan_stand_in.zip averages 4 x 4 pixels
// and applies the 68 x 3 weights 0/204, 1/204, …; fan_wrong_shape.zip returns half the rows.
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "worker/hrn/front/fan_network.hpp"
#include "worker/hrn/front/segmentation.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"
#include "worker/model/array.hpp"

namespace hrn::front {
namespace {

using testing::HasSubstr;

std::string data(const std::string& name) {
    return std::string(HRN_TEST_DATA_DIR) + "/front/" + name;
}

AlignedFace face_with_a_crop() {
    AlignedFace face;
    face.image_224 = image::smooth_image(224, 224, 2).rgb;
    face.landmarks_224.fill(100);
    return face;
}

TEST(Segmentation, RunsAGraphOnTheCropsBytes) {
    std::string problem;
    const auto segmentation = Segmentation::load(data("segment_grey.pb"), problem);
    ASSERT_TRUE(segmentation) << problem;
    AlignedFace face = face_with_a_crop();
    set_mask(face, segmentation.get());
    EXPECT_EQ(face.mask, MaskSource::segmentation);
    ASSERT_EQ(face.mask_224.size(), 224U * 224);
    for (std::size_t i = 0; i < face.mask_224.size(); i += 97) {
        const std::uint8_t* pixel = face.image_224.data() + 3 * i;
        EXPECT_NEAR(face.mask_224[i], 0.5 * pixel[0] + 0.25 * pixel[1] + 0.25 * pixel[2], 0.51);
    }
}

TEST(Segmentation, ThatCannotBeReadIsAProblemAndTheMaskTheHull) {
    const std::string file = testing::TempDir() + "/not_a_graph.pb";
    std::ofstream(file) << "this is no TensorFlow graph";
    std::string problem;
    EXPECT_FALSE(Segmentation::load(file, problem));
    EXPECT_THAT(problem, HasSubstr(file));
    EXPECT_THAT(problem, HasSubstr("hull"));
    EXPECT_EQ(problem.find('\n'), std::string::npos);
    AlignedFace face = face_with_a_crop();
    set_mask(face, nullptr);
    EXPECT_EQ(face.mask, MaskSource::hull);
}

TEST(FanScript, RunsWhateverIsInTheArchiveImageByImage) {
    const c10::InferenceMode inference;
    const auto fan = load_fan_script(data("fan_stand_in.zip"), {});
    const at::Tensor x = at::zeros({2, 3, 256, 256});
    x.select(0, 1).fill_(1);
    const at::Tensor heat = (*fan)(x);
    ASSERT_EQ(heat.sizes(), c10::IntArrayRef({2, 68, 64, 64}));
    EXPECT_EQ(heat.select(0, 0).abs().max().item<float>(), 0);
    EXPECT_NEAR(heat[1][67][5][5].item<float>(), (201 + 202 + 203) / 204.0, 1e-5);
}

TEST(FanScript, OfAnotherShapeIsTheOperatorsFault) {
    const c10::InferenceMode inference;
    const auto fan = load_fan_script(data("fan_wrong_shape.zip"), {});
    try {
        (void)(*fan)(at::zeros({1, 3, 256, 256}));
        FAIL();
    } catch (const model::ModelError& error) {
        EXPECT_THAT(error.what(), HasSubstr("fan_wrong_shape.zip"));
        EXPECT_THAT(error.what(), HasSubstr("68 x 64 x 64"));
    }
}

TEST(FanScript, ThatIsNoArchiveIsTheOperatorsFault) {
    try {
        (void)load_fan_script(data("segment_grey.pb"), {});
        FAIL();
    } catch (const model::ModelError& error) {
        EXPECT_THAT(error.what(), HasSubstr("segment_grey.pb"));
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
}

}  // namespace
}  // namespace hrn::front
