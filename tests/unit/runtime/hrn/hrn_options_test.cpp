#include "worker/runtime/hrn/hrn_options.hpp"

#include <gtest/gtest.h>

namespace hrn::runtime {
namespace {

TEST(HrnOptions, ChooseTheBatchByTheDeviceUnlessItIsConfigured) {
    Config config = default_config();
    config.workers.batch_size = 0;
    EXPECT_EQ(batch_size_of(config, /*on_cpu=*/true), 1);
    EXPECT_GT(batch_size_of(config, /*on_cpu=*/false), 1);
    config.workers.batch_size = 3;
    EXPECT_EQ(batch_size_of(config, /*on_cpu=*/true), 3);
    EXPECT_EQ(batch_size_of(config, /*on_cpu=*/false), 3);
}

TEST(HrnOptions, ComputeInFullPrecisionUnlessToldOtherwise) {
    Config config = default_config();
    EXPECT_EQ(precision_of(config), "fp32");
    config.model.precision = "bf16";
    EXPECT_EQ(core_options_of(config, "cuda:0", 4).precision, "bf16");
    EXPECT_EQ(front_end_options_of(config, "cuda:0", 4).precision, "bf16");
}

TEST(HrnOptions, PassTheLimitOfPixelsOn) {
    Config config = default_config();
    config.limits.max_image_pixels = 12345;
    EXPECT_EQ(probe_limits_of(config).max_pixels, 12345U);
}

TEST(HrnOptions, MakeOnlyTheFilesThatAreAskedFor) {
    Config config = default_config();
    config.output.mesh = {"glb", "ply"};
    config.output.texture = "png";
    config.output.texture_size = 1024;
    config.output.detail = true;
    config.output.preview = true;
    const output::OutputOptions options = output_options_of(config);
    EXPECT_FALSE(options.obj);
    EXPECT_TRUE(options.glb);
    EXPECT_TRUE(options.ply);
    EXPECT_EQ(options.texture, output::TextureFormat::png);
    EXPECT_EQ(options.texture_size, 1024);
    EXPECT_TRUE(options.detail);
    EXPECT_TRUE(options.preview);
}

TEST(HrnOptions, KeepTheOriginalPhotoOnlyForOutputsThatLookAtIt) {
    Config config = default_config();
    config.output.texture_size = 256;
    config.output.preview = false;
    EXPECT_FALSE(front_end_options_of(config, "cpu", 1).keep_original);
    config.output.preview = true;
    EXPECT_TRUE(front_end_options_of(config, "cpu", 1).keep_original);
    config.output.preview = false;
    config.output.texture_size = 257;
    EXPECT_TRUE(front_end_options_of(config, "cpu", 1).keep_original);
}

TEST(HrnOptions, ChooseFrontEndAndFacesByTheirWords) {
    Config config = default_config();
    config.model.front_end = "hrn";
    config.model.faces = "all";
    EXPECT_EQ(front_end_options_of(config, "cpu", 1).kind, front::FrontEndChoice::official);
    EXPECT_EQ(front_end_options_of(config, "cpu", 1).faces, front::FaceChoice::all);
    config.model.front_end = "dlib";
    config.model.faces = "largest";
    EXPECT_EQ(front_end_options_of(config, "cpu", 1).kind, front::FrontEndChoice::dlib);
    EXPECT_EQ(front_end_options_of(config, "cpu", 1).faces, front::FaceChoice::largest);
    config.model.front_end = "auto";
    config.model.faces = "first";
    EXPECT_EQ(front_end_options_of(config, "cpu", 1).kind, front::FrontEndChoice::automatic);
    EXPECT_EQ(front_end_options_of(config, "cpu", 1).faces, front::FaceChoice::first);
}

}  // namespace
}  // namespace hrn::runtime
