// synthesise() and what it refuses. Whole directories are made by the fixture of tests/unit/model.
#include "worker/model/synthesise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model/refusal.hpp"
#include "tests/unit/model/scratch_folder.hpp"

namespace hrn::model {
namespace {

using testing::HasSubstr;

TEST(Synthesise, NeverWritesOverAnOfficialModel) {
    const ScratchFolder scratch;
    const auto weights = scratch.write("pytorch_model.pt", "precious");
    EXPECT_THAT(refusal([&] { synthesise(scratch.path(), {}); }),
                HasSubstr("was not written by hrn-model synthesise"));
    EXPECT_EQ(read_whole(weights), "precious");
}

TEST(Synthesise, NeverWritesOverAFile) {
    const ScratchFolder scratch;
    const auto file = scratch.write("model", "precious");
    EXPECT_THAT(refusal([&] { synthesise(file, {}); }), HasSubstr("choose another directory"));
    EXPECT_EQ(read_whole(file), "precious");
}

TEST(Synthesise, AnImpossibleGridIsRefusedBeforeAnythingIsWritten) {
    const ScratchFolder scratch;
    SynthesisOptions options;
    options.grid = 300;
    EXPECT_THAT(refusal([&] { synthesise(scratch.path() / "m", options); }), HasSubstr("8 to 255"));
    EXPECT_FALSE(std::filesystem::exists(scratch.path() / "m"));
}

TEST(Synthesise, AnotherSeedOrProfileIsAnotherModel) {
    const ScratchFolder scratch;
    scratch.write("model.json",
                  R"({"format": "hrn-model-1", "profile": "test", "seed": 20230302, "grid": 189,)"
                  R"("coefficients": "network", "front_end": "auto", "complete": true})");
    SynthesisOptions options;
    EXPECT_TRUE(is_synthesised(scratch.path(), options));
    options.seed = 1;
    EXPECT_FALSE(is_synthesised(scratch.path(), options));
    options = {};
    options.profile = Profile::demo;
    EXPECT_FALSE(is_synthesised(scratch.path(), options));
    EXPECT_FALSE(is_synthesised(scratch.path() / "nowhere", {}));
}

}  // namespace
}  // namespace hrn::model
