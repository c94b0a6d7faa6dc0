// The whole directories that the fixtures test_model and demo_model synthesise into the build tree, through
// the readers that the service uses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/fit_check.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::model {
namespace {

const std::filesystem::path models = HRN_TEST_MODELS_DIR;

bool all_zero(const Array& array) {
    const auto numbers = array.to_floats();
    return std::all_of(numbers.begin(), numbers.end(), [](float x) { return x == 0; });
}

TEST(SynthesisedModel, EveryFileFits) {
    for (const auto& result : check_fit(ModelDirectory(models / "test"))) {
        EXPECT_TRUE(result.fits || !result.needed) << result.problem;
    }
}

TEST(SynthesisedModel, HasThePublishedParameterCounts) {
    std::map<std::string, std::int64_t> counts;
    for (const auto& result : check_fit(ModelDirectory(models / "test"))) {
        counts[result.what] = result.parameters;
    }
    EXPECT_EQ(counts["net_recon"], 24'034'625);
    EXPECT_EQ(counts["mid_net"], 11'387'587);
    EXPECT_EQ(counts["high_net"], 11'390'721);
    EXPECT_EQ(counts["generator"], 13'397'007);
}

TEST(SynthesisedModel, AFaultyFileIsFoundAndNamed) {
    const ScratchFolder scratch;
    for (const auto& file : std::filesystem::recursive_directory_iterator(models / "test")) {
        if (file.is_regular_file()) {
            const auto link = scratch.path() / std::filesystem::relative(file.path(), models / "test");
            std::filesystem::create_directories(link.parent_path());
            std::filesystem::create_symlink(std::filesystem::absolute(file.path()), link);
        }
    }
    // The de-retouching network in the place of the detector.
    std::filesystem::remove(scratch.path() / file::retinaface);
    std::filesystem::create_symlink(std::filesystem::absolute(models / "test" / file::de_retouching),
                                    scratch.path() / file::retinaface);
    int problems = 0;
    for (const auto& result : check_fit(ModelDirectory(scratch.path()))) {
        if (result.file == file::retinaface) {
            EXPECT_THAT(result.problem,
                        testing::HasSubstr("body.conv1.weight is missing; expected shape (64, 3, 7, 7)"));
            ++problems;
        } else {
            EXPECT_TRUE(result.fits || !result.needed) << result.problem;
        }
    }
    EXPECT_EQ(problems, 1);
}

TEST(SynthesisedDemoModel, ItsOutputLayersAreZeroAndTheRestIsNot) {
    const ModelDirectory directory(models / "demo");
    const auto networks = read_torch_file(directory.require(file::networks));
    const auto unet = read_torch_file(directory.require(file::de_retouching));
    for (const char* name : {"alpha", "beta", "mid_net.model.26.weight", "mid_net.model.26.bias",
                             "high_net.model.26.weight", "high_net.model.26.bias"}) {
        ASSERT_NE(networks.find(name), nullptr) << name;
        EXPECT_TRUE(all_zero(*networks.find(name))) << name;
    }
    // sigmoid(0) = 1/2, for which de-retouching is the identity (core.md 6).
    EXPECT_TRUE(all_zero(unet.require("generator.outc.conv.weight", {3, 64, 1, 1})));
    EXPECT_TRUE(all_zero(unet.require("generator.outc.conv.bias", {3})));
    EXPECT_FALSE(all_zero(unet.require("generator.inc.conv.conv.0.weight", {64, 3, 3, 3})));
    EXPECT_FALSE(all_zero(networks.require("mid_net.model.1.weight", {64, 6, 7, 7})));
}

TEST(SynthesisedDemoModel, AsksForLandmarksAndDlib) {
    const ModelDirectory directory(models / "demo");
    EXPECT_TRUE(directory.coefficients_from_landmarks());
    EXPECT_FALSE(directory.auto_uses_official_front());
    EXPECT_TRUE(directory.core_complete());
}

}  // namespace
}  // namespace hrn::model
