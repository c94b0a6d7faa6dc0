// What "auto" turns out to be, with cores and clocks that are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>

#include "worker/runtime/hrn/batch_choice.hpp"
#include "worker/runtime/hrn/precision_choice.hpp"
#include "worker/runtime/hrn/synthetic_faces.hpp"
#include "worker/runtime/hrn/tuning_memory.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Reconstruction face(float shift_of_mesh, float shift_of_texture) {
    Reconstruction out;
    for (int i = 0; i < 30; ++i) {
        out.vertices.push_back(static_cast<float>(i) * 0.01F + shift_of_mesh);
        out.texture.push_back(0.5F + shift_of_texture);
    }
    return out;
}

// A core whose faces are so far from fp32's.
class PrecisionChoice : public testing::Test {
protected:
    std::string choose(const std::vector<std::string>& candidates) {
        return fastest_within_bounds(
            candidates,
            [&](const std::string& precision) -> std::optional<std::vector<Reconstruction>> {
                computed_.push_back(precision);
                const auto found = shifts_.find(precision);
                if (found == shifts_.end()) {
                    return std::nullopt;
                }
                return std::vector{face(found->second.first, found->second.second)};
            },
            [&](const std::string& line) { report_ += line + "\n"; });
    }

    std::map<std::string, std::pair<float, float>> shifts_{{"fp32", {0, 0}}};
    std::vector<std::string> computed_;
    std::string report_;
};

TEST_F(PrecisionChoice, TheFastestThatPassesIsTaken) {
    shifts_["fp16"] = {1e-4F, 1e-3F};
    shifts_["tf32"] = {0, 0};
    EXPECT_EQ(choose({"fp16", "tf32", "fp32"}), "fp16");
    EXPECT_THAT(computed_, ElementsAre("fp32", "fp16"));
    EXPECT_THAT(report_, HasSubstr("fp16 passes"));
}

TEST_F(PrecisionChoice, OneThatIsTooFarIsPassedOver) {
    shifts_["fp16"] = {2e-4F, 0};
    shifts_["bf16"] = {0, 2e-3F};
    shifts_["tf32"] = {1e-4F, 1e-3F};
    EXPECT_EQ(choose({"fp16", "bf16", "tf32", "fp32"}), "tf32");
    EXPECT_THAT(report_, HasSubstr("bf16 is too far"));
}

TEST_F(PrecisionChoice, WhereNonePassesItIsFp32) {
    shifts_["fp16"] = {1, 1};
    EXPECT_EQ(choose({"fp16", "bf16", "fp32"}), "fp32");  // bf16 gives no face at all
}

TEST_F(PrecisionChoice, NothingIsComputedWhereFp32IsTheFastest) {
    EXPECT_EQ(choose({"fp32"}), "fp32");
    EXPECT_TRUE(computed_.empty());
}

TEST_F(PrecisionChoice, WithoutAReferenceItIsFp32) {
    shifts_.clear();
    EXPECT_EQ(choose({"fp16", "fp32"}), "fp32");
    EXPECT_THAT(report_, HasSubstr("no face even in fp32"));
}

TEST(PrecisionDistance, IsMeanAndGreatestOfAllFaces) {
    std::vector<Reconstruction> reference{face(0, 0), face(0, 0)};
    std::vector<Reconstruction> got = reference;
    got[1].vertices[7] += 0.5F;
    got[0].texture[0] += 0.25F;
    const Deviation d = deviation(reference, got);
    EXPECT_NEAR(d.mesh_max, 0.5, 1e-6);
    EXPECT_NEAR(d.mesh_mean, 0.5 / 60, 1e-6);
    EXPECT_NEAR(d.texture_mean, 0.25 / 60, 1e-6);
}

TEST(PrecisionDistance, ANumberThatIsNoneIsInfinitelyFar) {
    std::vector<Reconstruction> reference{face(0, 0)};
    std::vector<Reconstruction> got = reference;
    got[0].texture[3] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(within_bounds(deviation(reference, got)));
    got[0].texture.pop_back();
    EXPECT_FALSE(within_bounds(deviation(reference, got)));
    got.clear();
    EXPECT_FALSE(within_bounds(deviation(reference, got)));
}

TEST(PrecisionOrder, IsByMeasuredSpeedAndEqualOnesByMantissa) {
    EXPECT_THAT(by_speed({{"fp16", 700}, {"bf16", 740}, {"tf32", 400}, {"fp32", 50}}),
                ElementsAre("fp16", "bf16", "tf32", "fp32"));
    EXPECT_THAT(by_speed({{"fp16", 300}, {"bf16", 740}, {"tf32", 400}, {"fp32", 50}}),
                ElementsAre("bf16", "tf32", "fp16", "fp32"));
}

TEST(PrecisionOrder, NothingSlowerThanFp32IsTried) {
    EXPECT_THAT(by_speed({{"fp16", 4}, {"bf16", 5}, {"tf32", 9}, {"fp32", 9}}), ElementsAre("fp32"));
}

class BatchChoice : public testing::Test {
protected:
    int choose(std::map<int, double> images_per_second) {
        return best_batch(
            [&](int batch) {
                timed_.push_back(batch);
                const auto found = images_per_second.find(batch);
                if (found == images_per_second.end()) {
                    throw DeviceOutOfMemory("no room");
                }
                return batch / found->second;
            },
            largest_automatic_batch, [&](const std::string& line) { report_ += line + "\n"; });
    }

    std::vector<int> timed_;
    std::string report_;
};

TEST_F(BatchChoice, GrowsWhileItGainsFivePercent) {
    EXPECT_EQ(choose({{1, 100}, {2, 180}, {4, 300}, {8, 320}, {16, 330}, {32, 900}}), 8);
    EXPECT_THAT(timed_, ElementsAre(1, 2, 4, 8, 16));
}

TEST_F(BatchChoice, StopsWhereMemoryIsShort) {
    EXPECT_EQ(choose({{1, 100}, {2, 180}, {4, 300}}), 4);
    EXPECT_THAT(report_, HasSubstr("8 at once do not fit"));
}

TEST_F(BatchChoice, StopsAtTheLargestThatIsWorthTrying) {
    EXPECT_EQ(choose({{1, 1}, {2, 2}, {4, 4}, {8, 8}, {16, 16}, {32, 32}, {64, 64}}), 32);
}

TEST_F(BatchChoice, ASingleImageThatDoesNotFitIsAnError) {
    EXPECT_THROW(choose({}), DeviceOutOfMemory);
}

class TuningFile : public testing::Test {
protected:
    TuningFile() { std::filesystem::create_directories(folder_); }
    ~TuningFile() override { std::filesystem::remove_all(folder_); }
    [[nodiscard]] TuningMemory memory(const std::string& gpu = "GPU A") const {
        return {folder_, gpu, "model-1", "2.11"};
    }
    std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("hrn-tuning-test-" + std::to_string(::getpid()));
};

TEST_F(TuningFile, RecallsWhatWasKept) {
    EXPECT_EQ(memory().keep({"fp16", 32}), std::nullopt);
    EXPECT_EQ(memory().recall().precision, "fp16");
    EXPECT_EQ(memory().recall().batch_size, 32);
}

TEST_F(TuningFile, AnotherGpuHasFindingsOfItsOwn) {
    EXPECT_EQ(memory().keep({"fp16", 32}), std::nullopt);
    EXPECT_EQ(memory("GPU B").recall().precision, "");
    EXPECT_EQ(memory("GPU B").keep({"tf32", 8}), std::nullopt);
    EXPECT_EQ(memory().recall().precision, "fp16");
}

TEST_F(TuningFile, ADamagedOneIsAsGoodAsNone) {
    const std::string about = "\"about\":\"GPU A | model-1 | 2.11\",\"version\":1";
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("[1]"), std::string("{\"about\":3}"),
          "{" + about + "}", "{" + about + ",\"precision\":7,\"batch_size\":\"8\"}",
          "{" + about + ",\"batch_size\":1e99}"}) {
        std::ofstream(memory().file()) << text;
        EXPECT_EQ(memory().recall().precision, "") << text;
        EXPECT_EQ(memory().recall().batch_size, 0) << text;
    }
}

TEST_F(TuningFile, WordsThatNobodyWouldKeepAreNotBelieved) {
    EXPECT_EQ(memory().keep({"fp8", 1000}), std::nullopt);
    EXPECT_EQ(memory().recall().precision, "");
    EXPECT_EQ(memory().recall().batch_size, 0);
}

TEST_F(TuningFile, AFolderThatIsNotThereIsSaidAndHarmsNothing) {
    const TuningMemory nowhere(folder_ / "missing", "GPU A", "model-1", "2.11");
    EXPECT_THAT(nowhere.keep({"fp16", 32}).value_or(""), HasSubstr("could not be written"));
    EXPECT_EQ(nowhere.recall().precision, "");
    const TuningMemory none({}, "GPU A", "model-1", "2.11");
    EXPECT_EQ(none.keep({"fp16", 32}), std::nullopt);
}

TEST(SyntheticFaces, AreTheSameEverywhereAndDifferFromEachOther) {
    const auto faces = synthetic_faces(2);
    ASSERT_EQ(faces.size(), 2u);
    EXPECT_EQ(faces[0].image_224, synthetic_faces(1)[0].image_224);
    EXPECT_NE(faces[0].image_512, faces[1].image_512);
    EXPECT_EQ(faces[0].image_512.size(), std::size_t{512} * 512 * 3);
    EXPECT_EQ(faces[0].mask_224[std::size_t{112} * 224 + 112], 255);
    EXPECT_EQ(faces[0].mask_224[0], 0);
}

}  // namespace
}  // namespace hrn::runtime
