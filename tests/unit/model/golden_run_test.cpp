// verify's policy on made-up folders and a made-up pipeline: what is run with which inputs, what is judged.
#include "worker/model/tool/golden_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/model/golden_folder.hpp"
#include "worker/model/tool/verify_report.hpp"

namespace hrn::model::tool {
namespace {

using testing::HasSubstr;

// Knows stage "core": doubled = 2 * input, plus_one = doubled + 1. Its run() is off by `drift`.
class Doubling final : public GoldenStages {
public:
    explicit Doubling(double drift = 0) : drift_(drift) {}
    [[nodiscard]] bool knows(const std::string& stage) const override { return stage == "core"; }

    GoldenValue compute(const std::string&, const std::string& name, const GoldenValues& inputs,
                        const std::string&) override {
        if (name == "doubled") {
            return map(inputs, "input", [](double x) { return 2 * x; });
        }
        if (name == "plus_one") {
            return map(inputs, "doubled", [](double x) { return x + 1; });
        }
        throw std::invalid_argument("no quantity is named " + name);
    }

    GoldenValues run(const std::string& stage, const GoldenValues& given, const std::string& notes) override {
        const auto drifted = [this](double x) { return x + drift_; };
        GoldenValues out;
        out["doubled"] = compute(stage, "doubled", given, notes);
        out["plus_one"] = map({{"x", compute(stage, "plus_one", out, notes)}}, "x", drifted);
        out["mesh_vertices"] = map(given, "input", drifted);
        out["texture_final"] = map(given, "input", drifted);
        return out;
    }

private:
    template <class Function>
    static GoldenValue map(const GoldenValues& inputs, const std::string& name, Function function) {
        const auto found = inputs.find(name);
        if (found == inputs.end()) {
            throw std::invalid_argument(name + " is not given");
        }
        GoldenValue out = found->second;
        for (auto& x : out.numbers) {
            x = function(x);
        }
        return out;
    }

    double drift_;
};

const nlohmann::ordered_json kExact{{"tol", {{"abs", 0}, {"rel", 0}}}};

class GoldenRun : public testing::Test {
protected:
    GoldenRun() {
        folder_.add_case("c", {{"seed", 7}});
        folder_.add("c.core.input", "given", {1, 2, 3});
        options_.seed = 7;
    }

    GoldenReport run(double drift = 0) {
        std::vector<Provider> providers;
        providers.push_back({"doubling", std::make_unique<Doubling>(drift), ""});
        return run_golden(read_manifest(folder_.finish()), providers, options_);
    }
    static nlohmann::ordered_json from(const std::string& name) {
        auto entry = kExact;
        entry["computed_from"] = {name};
        return entry;
    }

    GoldenFolder folder_;
    RunOptions options_;
};

TEST_F(GoldenRun, AQuantityIsComputedAloneFromItsOwnStoredInputs) {
    // The stored `doubled` is not what a run would give: alone, plus_one must start from the stored one.
    folder_.add("c.core.doubled", "want", {10, 20, 30}, from("input"));
    folder_.add("c.core.plus_one", "want", {11, 21, 31}, from("doubled"));
    const auto report = run();
    ASSERT_EQ(report.rows.size(), 2u);
    EXPECT_EQ(report.rows[0].verdict, Verdict::failed);
    EXPECT_EQ(report.rows[0].comparison.max_abs, 24);
    EXPECT_EQ(report.rows[1].verdict, Verdict::ok);
    EXPECT_FALSE(report.ok());
}

TEST_F(GoldenRun, AnInputThatIsStoredInPartIsComputedFromItsOwnInputs) {
    auto thinned = from("input");
    thinned["full_shape"] = {3};
    thinned["stride"] = {2};
    folder_.add("c.core.doubled", "want", {2, 6}, thinned);
    folder_.add("c.core.plus_one", "want", {3, 5, 7}, from("doubled"));
    EXPECT_TRUE(run().ok());
}

TEST_F(GoldenRun, InputsThatNeedEachOtherFailInsteadOfRecursing) {
    auto thinned = from("plus_one");
    thinned["full_shape"] = {3};
    thinned["stride"] = {2};
    folder_.add("c.core.doubled", "want", {2, 6}, thinned);
    thinned["computed_from"] = {"doubled"};
    folder_.add("c.core.plus_one", "want", {3, 7}, thinned);
    const auto report = run();
    ASSERT_EQ(report.rows.size(), 2u);
    EXPECT_THAT(report.rows[0].comparison.problem, HasSubstr("computed from itself"));
    EXPECT_FALSE(report.ok());
}

TEST_F(GoldenRun, AChainStartsFromTheGivenArraysAndHasItsOwnTolerance) {
    auto entry = from("doubled");
    entry["tol_chain"] = {{"mean_abs", 0.2}, {"p999_abs", 0.2}};
    folder_.add("c.core.doubled", "want", {2, 4, 6}, from("input"));
    folder_.add("c.core.plus_one", "want", {3, 5, 7}, entry);
    const auto near = run(0.1);
    ASSERT_EQ(near.rows.size(), 3u);
    EXPECT_TRUE(near.rows[2].chain);
    EXPECT_NEAR(near.rows[2].comparison.mean_abs, 0.1, 1e-9);
    EXPECT_TRUE(near.ok());
    const auto far = run(0.3);
    EXPECT_EQ(far.rows[1].verdict, Verdict::ok);
    EXPECT_EQ(far.rows[2].verdict, Verdict::failed);
    EXPECT_FALSE(far.ok());
}

TEST_F(GoldenRun, WithoutComputedFromTheStageIsRunFromItsGivenArrays) {
    folder_.add("c.core.doubled", "want", {2, 4, 6}, kExact);
    EXPECT_TRUE(run().ok());
}

TEST_F(GoldenRun, OneWrongNumberFailsTheWhole) {
    folder_.add("c.core.doubled", "want", {2, 4, 6.001F}, kExact);
    EXPECT_FALSE(run().ok());
}

TEST_F(GoldenRun, CasesOfAnotherSeedAreSkippedByName) {
    folder_.add_case("other", {{"seed", 8}});
    folder_.add_case("without", {{"about", "x"}});
    folder_.add("other.core.doubled", "want", {0, 0, 0}, kExact);
    folder_.add("c.core.doubled", "want", {2, 4, 6}, kExact);
    const auto report = run();
    EXPECT_TRUE(report.ok());
    ASSERT_EQ(report.skipped.size(), 2u);
    EXPECT_EQ(report.skipped[0].name, "other");
    EXPECT_EQ(report.skipped[0].reason, "it is of seed 8");
    EXPECT_EQ(report.skipped[1].reason, "it names no seed");
}

TEST_F(GoldenRun, IsNotOkIfNoCaseCouldRun) {
    folder_.add("c.core.doubled", "want", {2, 4, 6}, kExact);
    options_.seed.reset();
    options_.why_no_seed = "this model has no seed";
    const auto report = run();
    EXPECT_FALSE(report.ok());
    EXPECT_EQ(report.skipped.at(0).reason, "this model has no seed");
    EXPECT_THAT(golden_text({}, report), HasSubstr("FAILED: no case could run"));
}

TEST_F(GoldenRun, IsNotOkIfAFolderWantsNothing) {
    EXPECT_FALSE(run().ok());
}

TEST_F(GoldenRun, AMissingFileIsOneRowsProblem) {
    folder_.add("c.core.doubled", "want", {2, 4, 6}, from("input"));
    folder_.add("c.core.plus_one", "want", {3, 5, 7}, from("doubled"));
    std::filesystem::remove(folder_.path() / "c.core.plus_one.npy");
    const auto report = run();
    EXPECT_EQ(report.rows[0].verdict, Verdict::ok);
    EXPECT_EQ(report.rows[1].verdict, Verdict::failed);
    EXPECT_THAT(report.rows[1].comparison.problem, HasSubstr("plus_one.npy: cannot be opened"));
}

TEST_F(GoldenRun, AMissingInputIsTheRowsProblem) {
    folder_.add("c.core.doubled", "want", {2, 4, 6}, from("photo"));
    EXPECT_THAT(run().rows.at(0).comparison.problem,
                HasSubstr("computed from photo, which stage core does not have"));
}

TEST_F(GoldenRun, AnInputThatIsNotStoredWholeIsTheRowsProblem) {
    folder_.json()["arrays"]["c.core.input"]["flat_stride"] = 2;
    folder_.add("c.core.doubled", "want", {2, 4, 6}, from("input"));
    EXPECT_THAT(run().rows.at(0).comparison.problem, HasSubstr("c.core.input is needed as an input"));
}

TEST_F(GoldenRun, AQuantityThatNobodyComputesFails) {
    folder_.add("c.core.unknown", "want", {1}, kExact);
    const auto report = run();
    EXPECT_EQ(report.rows.at(0).verdict, Verdict::failed);
    EXPECT_THAT(report.rows.at(0).comparison.problem, HasSubstr("no quantity is named unknown"));
}

TEST_F(GoldenRun, AStageThatNobodyComputesFailsWithTheReasonsOfThoseWhoMight) {
    folder_.add("c.head.ears", "want", {1}, kExact);
    std::vector<Provider> providers;
    providers.push_back({"front", nullptr, "s3fd.pth: is missing"});
    const auto report = run_golden(read_manifest(folder_.finish()), providers, options_);
    EXPECT_FALSE(report.ok());
    EXPECT_EQ(report.rows.at(0).comparison.problem,
              "nothing here computes stage head; front: s3fd.pth: is missing");
}

TEST_F(GoldenRun, ReducedPrecisionJudgesOnlyMeshAndTextureOfTheWholeRun) {
    const nlohmann::ordered_json chained{{"tol", {{"abs", 0}}},
                                         {"tol_chain", {{"mean_abs", 0}, {"p999_abs", 0}}},
                                         {"computed_from", {"input"}}};
    folder_.add("c.core.plus_one", "want", {3, 5, 7}, chained);
    folder_.add("c.core.mesh_vertices", "want", {1, 2, 3}, chained);
    folder_.add("c.core.texture_final", "want", {1, 2, 3}, chained);
    options_.reduced_precision = true;
    const auto near = run(1e-4);
    ASSERT_EQ(near.rows.size(), 3u);
    EXPECT_EQ(near.rows[0].verdict, Verdict::not_judged);
    EXPECT_EQ(near.rows[1].verdict, Verdict::ok);
    EXPECT_EQ(near.rows[2].verdict, Verdict::ok);
    EXPECT_TRUE(near.ok());
    // 2e-4 dm in the mean is too far for the mesh, not for the texture.
    const auto far = run(2e-4);
    EXPECT_EQ(far.rows[1].verdict, Verdict::failed);
    EXPECT_EQ(far.rows[2].verdict, Verdict::ok);
    EXPECT_FALSE(far.ok());
    EXPECT_EQ(run(2e-3).rows[2].verdict, Verdict::failed);
}

TEST_F(GoldenRun, ReducedPrecisionWithoutAnyBoundIsOkAndSaysSo) {
    folder_.add("c.core.doubled", "want", {2, 4, 6}, kExact);
    options_.reduced_precision = true;
    const auto report = run();
    EXPECT_EQ(report.rows.at(0).verdict, Verdict::not_judged);
    EXPECT_TRUE(report.ok());
    EXPECT_THAT(golden_text({}, report), HasSubstr("nothing here has a bound"));
}

TEST_F(GoldenRun, AListOfAnotherLengthFailsInFp32AndIsNotJudgedInReducedPrecision) {
    folder_.add("c.core.doubled", "want", {2, 4, 6, 8}, kExact);
    EXPECT_EQ(run().rows.at(0).verdict, Verdict::failed);
    options_.reduced_precision = true;
    const auto report = run();
    EXPECT_EQ(report.rows.at(0).verdict, Verdict::not_judged);
    EXPECT_THAT(report.rows.at(0).comparison.problem, HasSubstr("computed shape"));
    EXPECT_TRUE(report.ok());
}

TEST_F(GoldenRun, AQuantityThatNobodyComputesFailsInReducedPrecisionToo) {
    folder_.add("c.core.unknown", "want", {1}, kExact);
    options_.reduced_precision = true;
    EXPECT_FALSE(run().ok());
}

TEST(FitReport, AMissingNeededFileFailsAndAnAbsentOptionalOneDoesNot) {
    FitResult good;
    good.present = good.fits = true;
    FitResult optional;
    optional.needed = false;
    EXPECT_TRUE(fits({good, optional}));
    EXPECT_FALSE(fits({good, FitResult{}}));
    FitResult wrong = good;
    wrong.fits = false;
    wrong.needed = false;
    EXPECT_FALSE(fits({wrong}));
    wrong.tolerated = true;
    EXPECT_TRUE(fits({wrong}));
    EXPECT_THAT(fit_text({}, {wrong}), HasSubstr("not usable"));
}

TEST_F(GoldenRun, AProblemOfManyRowsIsOneLine) {
    folder_.add("c.head.ears", "want", {1}, kExact);
    folder_.add("c.head.nose", "want", {1}, kExact);
    const auto text = golden_text({}, run());
    EXPECT_THAT(text,
                HasSubstr("problem: c.head.ears (alone) and 1 more: nothing here computes stage head\n"));
    EXPECT_EQ(text.find("nothing here computes"), text.rfind("nothing here computes"));
}

TEST_F(GoldenRun, TheTableHasARowPerQuantityWithItsTolerance) {
    folder_.add("c.core.doubled", "want", {2, 4, 6.5F}, from("input"));
    const auto text = golden_text({"model", "hrn-test-7", "folder", "cpu", "fp32"}, run());
    EXPECT_THAT(text, HasSubstr("c.core.doubled"));
    EXPECT_THAT(text, HasSubstr("5.00e-01"));
    EXPECT_THAT(text, HasSubstr("equal"));
    EXPECT_THAT(text, HasSubstr("0 ok, 1 failed, 0 not judged\nFAILED\n"));
}

TEST_F(GoldenRun, TheJsonSaysTheSame) {
    folder_.add("c.core.doubled", "want", {2, 4, 6}, from("input"));
    folder_.add("c.core.unknown", "want", {1}, kExact);
    const auto json = golden_json({"model", "hrn-test-7", "folder", "cpu", "fp32"}, run());
    EXPECT_EQ(json.at("ok"), false);
    EXPECT_EQ(json.at("rows").at(0).at("ok"), true);
    EXPECT_EQ(json.at("rows").at(0).at("max_abs"), 0.0);
    EXPECT_EQ(json.at("rows").at(0).at("mode"), "alone");
    EXPECT_TRUE(json.at("rows").at(1).at("max_abs").is_null());
    EXPECT_EQ(json.at("cases"), nlohmann::ordered_json({"c"}));
}

}  // namespace
}  // namespace hrn::model::tool
