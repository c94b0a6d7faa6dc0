#include "worker/hrn/output/fixed6.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {
namespace {

std::string ours(float value) {
    std::array<char, max_fixed6_chars> text{};
    return {text.data(), write_fixed6(text.data(), value)};
}

std::string reference(float value) {
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.6f", static_cast<double>(value));
    return {text.data(), static_cast<std::size_t>(size)};
}

// Compares without the cost of a gtest macro per number.
::testing::AssertionResult same_text(float value) {
    const std::string got = ours(value), want = reference(value);
    if (got == want) {
        return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << got << " instead of " << want;
}

TEST(Fixed6, WritesEdgeValuesLikePrintf) {
    for (const float value : {0.0F,
                              1.0F,
                              0.5F,
                              5e-7F,
                              4.9e-7F,
                              5.1e-7F,
                              1e-6F,
                              0.9999995F,
                              0.9999994F,
                              0.99999994F,
                              9.9999995F,
                              1e-30F,
                              123456.789F,
                              8388607.5F,
                              8388608.0F,
                              16777216.0F,
                              1e10F,
                              std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::min(),
                              std::numeric_limits<float>::denorm_min()}) {
        EXPECT_TRUE(same_text(value));
        EXPECT_TRUE(same_text(-value));
    }
}

TEST(Fixed6, WritesMinusZeroWithItsSign) {
    EXPECT_EQ(ours(-0.0F), "-0.000000");
}

TEST(Fixed6, RoundsExactHalvesToEven) {
    // k / 2^7 has seven decimals that end in 5: the sixth decimal is a true tie.
    EXPECT_EQ(ours(1.0F / 128), "0.007812");  // 0.0078125
    EXPECT_EQ(ours(3.0F / 128), "0.023438");  // 0.0234375
    for (int k = 1; k < 4096; k += 2) {
        EXPECT_TRUE(same_text(static_cast<float>(k) / 128));
        EXPECT_TRUE(same_text(-static_cast<float>(k) / 128));
    }
}

TEST(Fixed6, WritesEveryExponentLikePrintf) {
    for (std::uint32_t exponent = 0; exponent < 255; ++exponent) {
        for (const std::uint32_t mantissa : {0U, 1U, 0x2aaaaaU, 0x400000U, 0x7ffffeU, 0x7fffffU}) {
            EXPECT_TRUE(same_text(std::bit_cast<float>(exponent << 23 | mantissa)));
        }
    }
}

TEST(Fixed6, WritesRandomFloatsOfEverySizeLikePrintf) {
    std::mt19937 random(1);
    for (int i = 0; i < 300'000; ++i) {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (std::isfinite(value)) {
            ASSERT_TRUE(same_text(value));
        }
    }
}

TEST(Fixed6, WritesRandomCoordinatesLikePrintf) {
    std::mt19937 random(2);
    std::uniform_real_distribution<float> coordinate(-12.0F, 12.0F);
    for (int i = 0; i < 1'000'000; ++i) {
        ASSERT_TRUE(same_text(coordinate(random)));
    }
}

TEST(Fixed6, RefusesInfinityAndNan) {
    EXPECT_THROW(ours(std::numeric_limits<float>::infinity()), OutputError);
    EXPECT_THROW(ours(-std::numeric_limits<float>::infinity()), OutputError);
    EXPECT_THROW(ours(std::numeric_limits<float>::quiet_NaN()), OutputError);
}

TEST(Fixed6, WritesUnsignedNumbersInDecimal) {
    std::array<char, max_unsigned_chars> text{};
    for (const std::uint32_t value : {0U, 9U, 10U, 35709U, 4294967295U}) {
        EXPECT_EQ(std::string(text.data(), write_unsigned(text.data(), value)), std::to_string(value));
    }
}

}  // namespace
}  // namespace hrn::output
