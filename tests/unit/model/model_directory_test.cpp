#include "worker/model/model_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model/refusal.hpp"
#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/tensor_table.hpp"
#include "worker/model/torch_writer.hpp"

namespace hrn::model {
namespace {

using testing::HasSubstr;

// A directory whose files are there by name only.
class Directory : public testing::Test {
protected:
    void add(std::string_view name, std::string_view content = "x") const {
        scratch_.write(std::string(name), content);
    }
    void add_core() const {
        for (const auto name : {file::networks, file::de_retouching, file::bfm, file::uvs, file::uv_template,
                                file::texture_mean, file::texture_base, file::similarity}) {
            add(name);
        }
    }
    void add_front() const {
        for (const auto name : {file::retinaface, file::landmarks_106, file::bbregressor, file::s3fd}) {
            add(name);
        }
    }
    void describe(const std::string& more) const {
        add("model.json",
            R"({"format": "hrn-model-1", "complete": true, "profile": "test", "seed": 7)" + more + "}");
    }
    [[nodiscard]] ModelDirectory open() const { return ModelDirectory(scratch_.path()); }
    ScratchFolder scratch_;
};

TEST_F(Directory, OneThatIsNotThereIsNamed) {
    EXPECT_THAT(refusal([] { ModelDirectory("/nonexistent/model"); }),
                HasSubstr("/nonexistent/model: is not a directory"));
}

TEST_F(Directory, IsCompleteWithTheCoreAndTheStandardLandmarks) {
    EXPECT_FALSE(open().core_complete());
    add_core();
    EXPECT_TRUE(open().core_complete());
    std::filesystem::remove(scratch_.path() / file::similarity);
    EXPECT_FALSE(open().core_complete());
}

TEST_F(Directory, AMissingFileIsNamedWithItsPurpose) {
    const auto text = refusal([&] { static_cast<void>(open().require(file::uvs)); });
    EXPECT_EQ(text, (scratch_.path() / file::uvs).string() + ": is missing (texture coordinates)");
}

TEST_F(Directory, EitherFormOfFanCompletesTheOfficialFrontEnd) {
    add_core();
    add_front();
    EXPECT_FALSE(open().auto_uses_official_front());
    add(file::fan_torchscript);
    EXPECT_TRUE(open().auto_uses_official_front());
    EXPECT_EQ(open().fan_file(), file::fan_torchscript);
    add(file::fan_state_dict);
    EXPECT_EQ(open().fan_file(), file::fan_state_dict);
}

TEST_F(Directory, ADemoModelIsNotAskedToDetectFaces) {
    add_core();
    add_front();
    add(file::fan_state_dict);
    describe(R"(, "front_end": "dlib")");
    EXPECT_TRUE(open().official_front_complete());
    EXPECT_FALSE(open().auto_uses_official_front());
}

TEST_F(Directory, AnOfficialOneHasNoSeed) {
    EXPECT_EQ(open().profile(), "official");
    EXPECT_EQ(open().seed(), std::nullopt);
    EXPECT_THAT(open().id(), testing::MatchesRegex("hrn-official-[0-9a-f]+"));
}

TEST_F(Directory, ASyntheticOneSaysProfileAndSeed) {
    describe("");
    EXPECT_EQ(open().profile(), "test");
    EXPECT_EQ(open().seed(), 7u);
    EXPECT_THAT(open().id(), testing::MatchesRegex("hrn-test-7-[0-9a-f]+"));
}

TEST_F(Directory, TheIdFollowsTheFilesSizes) {
    add(file::networks, "x");
    const auto before = open().id();
    EXPECT_EQ(open().id(), before);
    add(file::networks, "xy");
    EXPECT_NE(open().id(), before);
}

TEST_F(Directory, AnInterruptedSynthesisIsNoModel) {
    add("model.json", R"({"format": "hrn-model-1", "complete": false, "profile": "test", "seed": 7})");
    EXPECT_THAT(refusal([&] { static_cast<void>(open()); }), HasSubstr("its synthesis was interrupted"));
}

TEST_F(Directory, AForeignDescriptionIsRefused) {
    for (const char* text :
         {"", "[]", "{}", "{\"format\": \"other\"}", "not json",
          R"({"format": "hrn-model-1", "complete": true, "profile": "other", "seed": 7})"}) {
        add("model.json", text);
        EXPECT_THAT(refusal([&] { static_cast<void>(open()); }),
                    HasSubstr("model.json: is not what hrn-model synthesise writes"))
            << text;
    }
}

TEST_F(Directory, CoefficientsComeFromLandmarksWhenTheNetworkIsMissing) {
    EXPECT_TRUE(open().coefficients_from_landmarks());
    TorchDict network;
    network.add("mid_net", TorchDict{false, {"w"}, {array_of(std::vector<float>{1}, {1})}});
    write_torch_file(scratch_.path() / file::networks, network, TorchFormat::zip);
    EXPECT_TRUE(open().coefficients_from_landmarks());
    network.add("net_recon", TorchDict{false, {"w"}, {array_of(std::vector<float>{1}, {1})}});
    write_torch_file(scratch_.path() / file::networks, network, TorchFormat::zip);
    EXPECT_FALSE(open().coefficients_from_landmarks());
}

TEST_F(Directory, CoefficientsComeFromLandmarksWhenTheDescriptionSaysSo) {
    describe(R"(, "coefficients": "landmarks")");
    EXPECT_TRUE(open().coefficients_from_landmarks());
}

}  // namespace
}  // namespace hrn::model
