#include "worker/model/tool/golden_manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model/golden_folder.hpp"
#include "tests/unit/model/refusal.hpp"
#include "worker/model/tool/golden_input.hpp"

namespace hrn::model::tool {
namespace {

using testing::HasSubstr;

class ManifestOf : public testing::Test {
protected:
    ManifestOf() { folder_.add_case("c", {{"seed", 7}, {"image", "x.png"}}); }
    [[nodiscard]] std::string refused() {
        return refusal([&] { static_cast<void>(read_manifest(folder_.finish())); });
    }
    GoldenFolder folder_;
};

TEST_F(ManifestOf, ReadsWhatStandsThere) {
    folder_.add("c.s.a", "want", {1, 2, 3},
                {{"tol", {{"abs", 0.1}, {"rel", 0}}},
                 {"tol_chain", {{"mean_abs", 1}, {"p999_abs", 2}}},
                 {"stride", {2}},
                 {"computed_from", {"b"}},
                 {"sha256", "00"},
                 {"whole", {{"mean", 2.0}}}});
    const auto manifest = read_manifest(folder_.finish());
    ASSERT_EQ(manifest.arrays.size(), 1u);
    const auto& a = manifest.arrays[0];
    EXPECT_EQ(a.stage, "s");
    EXPECT_FALSE(a.given);
    EXPECT_FALSE(a.whole());
    EXPECT_EQ(a.tolerance->abs, 0.1);
    EXPECT_EQ(a.tolerance->mean_abs, std::nullopt);
    EXPECT_EQ(a.chain->p999_abs, 2.0);
    EXPECT_EQ(a.computed_from, std::vector<std::string>{"b"});
    EXPECT_EQ(a.mean, 2.0);
    EXPECT_EQ(manifest.cases.at("c").seed, 7u);
    EXPECT_THAT(manifest.cases.at("c").notes, HasSubstr("x.png"));
}

TEST_F(ManifestOf, MissingStridesAreOne) {
    folder_.add("c.s.a", "given", {1, 2}, {{"full_shape", {2, 3, 4}}, {"stride", {2}}});
    EXPECT_EQ(read_manifest(folder_.finish()).arrays[0].stride, (std::vector<std::int64_t>{2, 1, 1}));
}

TEST_F(ManifestOf, AFolderWithoutManifestIsNamed) {
    EXPECT_THAT(refused(), HasSubstr("manifest.json"));  // no arrays
    std::filesystem::remove(folder_.path() / "manifest.json");
    EXPECT_THAT(refusal([&] { static_cast<void>(read_manifest(folder_.path())); }),
                HasSubstr("manifest.json: cannot be read"));
}

TEST_F(ManifestOf, AnotherFormatIsRefused) {
    folder_.json()["format"] = "hrn-golden-2";
    EXPECT_THAT(refused(), HasSubstr("its format is not hrn-golden-1"));
}

TEST_F(ManifestOf, ABrokenEntryIsNamed) {
    folder_.add("c.s.a", "want", {1}, {{"tol", {{"abs", 0}}}});
    folder_.json()["arrays"]["c.s.a"].erase("full_shape");
    EXPECT_THAT(refused(), HasSubstr("array c.s.a:"));
}

TEST_F(ManifestOf, AWantedArrayNeedsATolerance) {
    folder_.add("c.s.a", "want", {1});
    EXPECT_THAT(refused(), HasSubstr("neither tol nor tol_chain"));
}

TEST_F(ManifestOf, AToleranceMustBoundSomething) {
    folder_.add("c.s.a", "want", {1}, {{"tol", {{"p99", 1}}}});
    EXPECT_THAT(refused(), HasSubstr("tol bounds nothing"));
}

TEST_F(ManifestOf, AStrideOfZeroIsRefused) {
    folder_.add("c.s.a", "given", {1}, {{"stride", {0}}});
    EXPECT_THAT(refused(), HasSubstr("a stride is impossible"));
}

TEST_F(ManifestOf, AFileOutsideTheFolderIsRefused) {
    folder_.add("c.s.a", "given", {1}, {{"file", "../secret.npy"}});
    EXPECT_THAT(refused(), HasSubstr("leads out of the folder"));
}

TEST_F(ManifestOf, AnArrayOfAnUnknownCaseIsRefused) {
    folder_.add("d.s.a", "given", {1});
    EXPECT_THAT(refused(), HasSubstr("its case d is not among the cases"));
}

TEST(GoldenInput, IsMadeFromTheSyntheticNumbers) {
    const auto value = make_input("synth.tensor('fixture', 'base', (6, 8), -1.0, 1.0)");
    EXPECT_EQ(value.shape, (std::vector<std::int64_t>{6, 8}));
    EXPECT_EQ(static_cast<float>(value.numbers[0]), -0.005746960639953613F);
}

TEST(GoldenInput, MayNameAnotherSeed) {
    const auto one = make_input("synth.tensor('a', 'b', (3,), 0, 1)");
    const auto two = make_input("synth.tensor(\"a\", \"b\", (3,), 0, 1, 5)");
    EXPECT_EQ(one.shape, two.shape);
    EXPECT_NE(one.numbers, two.numbers);
}

TEST(GoldenInput, AnythingElseIsRefused) {
    for (const char* text :
         {"", "np.zeros((3,))", "synth.tensor('a', 'b', (3, 0), 0, 1)",
          "synth.tensor('a', 'b', (99999999, 99999999), 0, 1)", "synth.tensor('a', 'b', (3), x, 1)"}) {
        EXPECT_THAT(refusal([&] { static_cast<void>(make_input(text)); }), HasSubstr("the input \"")) << text;
    }
}

}  // namespace
}  // namespace hrn::model::tool
