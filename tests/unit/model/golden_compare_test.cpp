#include "worker/model/tool/golden_compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "worker/model/tensor_table.hpp"

namespace hrn::model::tool {
namespace {

using testing::HasSubstr;

GoldenArray entry(std::vector<std::int64_t> full_shape) {
    GoldenArray out;
    out.file = "x.npy";
    out.dtype = "float32";
    out.stride.assign(full_shape.size(), 1);
    out.full_shape = std::move(full_shape);
    return out;
}

Array floats(const std::vector<float>& numbers, std::vector<std::int64_t> shape) {
    return array_of(numbers, std::move(shape));
}

Tolerance elementwise(double abs, double rel) {
    Tolerance out;
    out.abs = abs;
    out.rel = rel;
    return out;
}

Tolerance distribution(double mean, double p999) {
    Tolerance out;
    out.mean_abs = mean;
    out.p999_abs = p999;
    return out;
}

TEST(GoldenCompare, MeasuresMaximumMeanAndQuantile) {
    const auto result = compare(entry({4}), floats({0, 0, 0, 0}, {4}), {{4}, {0, 1, 2, 5}}, nullptr);
    EXPECT_TRUE(result.ok);
    EXPECT_EQ(result.max_abs, 5);
    EXPECT_EQ(result.mean_abs, 2);
    // numpy.quantile([0, 1, 2, 5], 0.999)
    EXPECT_NEAR(result.p999_abs, 4.991, 1e-12);
}

TEST(GoldenCompare, ElementwiseBoundsIncludeTheirEdge) {
    const auto tolerance = elementwise(0.5, 0.25);
    EXPECT_TRUE(compare(entry({2}), floats({0, 4}, {2}), {{2}, {0.5, 5.5}}, &tolerance).ok);
    EXPECT_FALSE(compare(entry({2}), floats({0, 4}, {2}), {{2}, {0.5, 5.6}}, &tolerance).ok);
    EXPECT_FALSE(compare(entry({2}), floats({0, 4}, {2}), {{2}, {0.6, 4}}, &tolerance).ok);
}

TEST(GoldenCompare, ZeroToleranceMeansEqual) {
    const auto tolerance = elementwise(0, 0);
    EXPECT_TRUE(compare(entry({1}), floats({3}, {1}), {{1}, {3}}, &tolerance).ok);
    EXPECT_FALSE(compare(entry({1}), floats({3}, {1}), {{1}, {3.0000002384185791}}, &tolerance).ok);
}

TEST(GoldenCompare, NeighboursSwapOnlyWhereTheNoteSaysSoAndTheirScoresAreClose) {
    const auto tolerance = elementwise(0, 0);
    auto ordered = entry({4});
    const auto want = floats({7, 3, 9, 5}, {4});
    const std::vector<double> scores{0, 0, 0, 0.8001, 0, 0.75, 0, 0.9, 0, 0.8};
    const Ranking ranking{scores, 4e-4};
    EXPECT_FALSE(compare(ordered, want, {{4}, {7, 9, 3, 5}}, &tolerance, &ranking).ok) << "no note";
    ordered.note = "by falling score (neighbours that are close may swap)";
    EXPECT_TRUE(compare(ordered, want, {{4}, {7, 9, 3, 5}}, &tolerance, &ranking).ok);
    EXPECT_FALSE(compare(ordered, want, {{4}, {7, 9, 3, 5}}, &tolerance).ok) << "nothing shows the scores";
    EXPECT_FALSE(compare(ordered, want, {{4}, {3, 7, 9, 5}}, &tolerance, &ranking).ok) << "0.9 and 0.8001";
    EXPECT_FALSE(compare(ordered, want, {{4}, {9, 7, 3, 5}}, &tolerance, &ranking).ok) << "by two places";
    EXPECT_FALSE(compare(ordered, want, {{4}, {7, 9, 9, 5}}, &tolerance, &ranking).ok) << "other numbers";
    const auto beyond = floats({7, 3, 99, 5}, {4});
    EXPECT_FALSE(compare(ordered, beyond, {{4}, {7, 99, 3, 5}}, &tolerance, &ranking).ok) << "no such score";
}

TEST(GoldenCompare, DistributionsAllowSingleOutliers) {
    std::vector<float> want(10'000, 1.0F);
    std::vector<double> got(10'000, 1.0);
    got[17] = 1.2;
    const auto tolerance = distribution(1e-4, 1e-5);
    EXPECT_TRUE(compare(entry({10'000}), floats(want, {10'000}), {{10'000}, got}, &tolerance).ok);
    for (int i = 0; i < 20; ++i) {
        got[static_cast<std::size_t>(i)] = 1.01;
    }
    EXPECT_FALSE(compare(entry({10'000}), floats(want, {10'000}), {{10'000}, got}, &tolerance).ok);
}

TEST(GoldenCompare, AMeanOverItsBoundFails) {
    const auto tolerance = distribution(0.1, 10);
    EXPECT_FALSE(compare(entry({2}), floats({0, 0}, {2}), {{2}, {0.2, 0.2}}, &tolerance).ok);
}

TEST(GoldenCompare, NanAgainstANumberFailsAnyTolerance) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto wide = distribution(1e9, 1e9);
    EXPECT_FALSE(compare(entry({2}), floats({0, 0}, {2}), {{2}, {nan, 0}}, &wide).ok);
    const auto wider = elementwise(1e9, 1e9);
    EXPECT_FALSE(compare(entry({2}), floats({0, 0}, {2}), {{2}, {nan, 0}}, &wider).ok);
}

TEST(GoldenCompare, AStrideTakesEveryNthIndexOfEachAxis) {
    auto strided = entry({3, 5});
    strided.stride = {2, 3};
    GoldenValue got{{3, 5}, {}};
    for (int i = 0; i < 15; ++i) {
        got.numbers.push_back(i);
    }
    const auto tolerance = elementwise(0, 0);
    // rows 0 and 2, columns 0 and 3
    EXPECT_TRUE(compare(strided, floats({0, 3, 10, 13}, {2, 2}), got, &tolerance).ok);
    EXPECT_FALSE(compare(strided, floats({0, 3, 10, 14}, {2, 2}), got, &tolerance).ok);
}

TEST(GoldenCompare, AFlatStrideTakesEveryNthElement) {
    auto flat = entry({2, 4});
    flat.flat_stride = 3;
    const GoldenValue got{{2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}};
    const auto tolerance = elementwise(0, 0);
    EXPECT_TRUE(compare(flat, floats({0, 3, 6}, {3}), got, &tolerance).ok);
}

TEST(GoldenCompare, AnotherComputedShapeFailsAndIsNamed) {
    const auto result =
        compare(entry({2, 3}), floats({0, 0, 0, 0, 0, 0}, {2, 3}), {{6}, {0, 0, 0, 0, 0, 0}}, nullptr);
    EXPECT_FALSE(result.ok);
    EXPECT_FALSE(result.compared);
    EXPECT_EQ(result.problem, "computed shape is (6,), expected (2, 3)");
}

TEST(GoldenCompare, AFileThatContradictsTheManifestFails) {
    const auto result = compare(entry({2}), floats({0, 0, 0}, {3}), {{2}, {0, 0}}, nullptr);
    EXPECT_THAT(result.problem, HasSubstr("x.npy has shape (3,), the manifest says (2,)"));
}

TEST(GoldenCompare, TheWholeArraysHashMustAgreeToo) {
    auto hashed = entry({4});
    hashed.dtype = "uint8";
    hashed.stride = {2};
    hashed.sha256 = hash_of({{4}, {1, 2, 3, 4}}, "uint8");
    const auto tolerance = elementwise(0, 0);
    const auto want = array_of(ElementType::u8, bytes_of(std::vector<std::uint8_t>{1, 3}), {2});
    EXPECT_TRUE(compare(hashed, want, {{4}, {1, 2, 3, 4}}, &tolerance).ok);
    const auto other = compare(hashed, want, {{4}, {1, 2, 3, 5}}, &tolerance);
    EXPECT_FALSE(other.ok);
    EXPECT_THAT(other.problem, HasSubstr("SHA-256 differs"));
}

TEST(GoldenCompare, HashesAreOfTheManifestsElementType) {
    // sha256sum of the bytes 01 00 00 00, of 00 00 80 3f and of 01
    EXPECT_EQ(hash_of({{1}, {1}}, "int32"),
              "67abdd721024f0ff4e0b3f4c2fc13bc5bad42d0b7851d456d88d203d15aaa450");
    EXPECT_EQ(hash_of({{1}, {1}}, "float32"),
              "e00e5eb9444182f352323374ef4e08ebcb784725fdd4fd612d7730540b3e0c8c");
    EXPECT_EQ(hash_of({{1}, {1}}, "uint8"),
              "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a");
    EXPECT_THROW(static_cast<void>(hash_of({{1}, {1}}, "complex64")), ModelError);
}

TEST(GoldenCompare, TheWholeArraysMeanMustAgreeToo) {
    auto summed = entry({4});
    summed.stride = {2};
    summed.mean = 1.0;
    const auto tolerance = distribution(0.01, 0.01);
    EXPECT_TRUE(compare(summed, floats({1, 1}, {2}), {{4}, {1, 1, 1, 1}}, &tolerance).ok);
    const auto other = compare(summed, floats({1, 1}, {2}), {{4}, {1, 2, 1, 1}}, &tolerance);
    EXPECT_FALSE(other.ok);
    EXPECT_THAT(other.problem, HasSubstr("mean is 1.25, expected 1"));
}

TEST(GoldenCompare, TolerancesReadAsTheyAre) {
    EXPECT_EQ(tolerance_text(elementwise(0, 0)), "equal");
    EXPECT_EQ(tolerance_text(elementwise(0.02, 0.0005)), "0.02 + 0.0005 rel");
    EXPECT_EQ(tolerance_text(distribution(1.9e-6, 2e-5)), "mean 1.9e-06, p99.9 2e-05");
}

}  // namespace
}  // namespace hrn::model::tool
