#include "worker/model/array.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/model/refusal.hpp"
#include "worker/model/tensor_table.hpp"

namespace hrn::model {
namespace {

Array halves(const std::vector<std::uint16_t>& bits) {
    return array_of(ElementType::f16, bytes_of(bits), {static_cast<std::int64_t>(bits.size())});
}

TEST(Array, HalvesBecomeExactFloats) {
    const auto floats = halves({0x3C00, 0xC000, 0x3555, 0x7BFF, 0x0400, 0x0001, 0x8000}).to_floats();
    EXPECT_EQ(floats,
              (std::vector<float>{1.0F, -2.0F, 0.333251953125F, 65504.0F, 0x1p-14F, 0x1p-24F, -0.0F}));
    EXPECT_TRUE(std::signbit(floats[6]));
}

TEST(Array, HalfInfinitiesAndNansSurvive) {
    const auto floats = halves({0x7C00, 0xFC00, 0x7E00}).to_floats();
    EXPECT_EQ(floats[0], std::numeric_limits<float>::infinity());
    EXPECT_EQ(floats[1], -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(floats[2]));
}

TEST(Array, BfloatsBecomeExactFloats) {
    const auto array = array_of(ElementType::bf16, bytes_of(std::vector<std::uint16_t>{0x3F80, 0xC049}), {2});
    EXPECT_EQ(array.to_floats(), (std::vector<float>{1.0F, -3.140625F}));
}

TEST(Array, AStridedViewIsCopiedInRowMajorOrder) {
    auto view = array_of(std::vector<float>{0, 1, 2, 3, 4, 5}, {2, 3});
    view.shape = {3, 2};
    view.strides = {1, 3};
    EXPECT_FALSE(view.contiguous());
    EXPECT_EQ(view.floats_in_place(), nullptr);
    EXPECT_EQ(view.to_floats(), (std::vector<float>{0, 3, 1, 4, 2, 5}));
}

TEST(Array, AnExpandedViewRepeatsItsElements) {
    auto view = array_of(std::vector<float>{7, 8}, {2});
    view.shape = {3, 2};
    view.strides = {0, 1};
    EXPECT_EQ(view.to_integers(), (std::vector<std::int64_t>{7, 8, 7, 8, 7, 8}));
}

TEST(Array, AnOffsetCountsInElements) {
    auto view = array_of(std::vector<float>{1, 2, 3, 4}, {4});
    view.shape = {2};
    view.offset = 2;
    EXPECT_EQ(view.to_floats(), (std::vector<float>{3, 4}));
    EXPECT_EQ(view.floats_in_place()[0], 3.0F);
}

TEST(Array, AScalarHasOneElementAndAnEmptyAxisNone) {
    EXPECT_EQ(array_of(std::vector<float>{2.5F}, {}).to_doubles(), std::vector<double>{2.5});
    EXPECT_TRUE(array_of(std::vector<float>{}, {0, 3}).to_floats().empty());
}

TEST(Array, MisalignedFloatsAreNotUsedInPlace) {
    std::vector<std::byte> bytes(9);
    auto array = array_of(ElementType::f32, bytes, {2});
    array.bytes = std::shared_ptr<const std::byte>(array.bytes, array.bytes.get() + 1);
    EXPECT_EQ(array.floats_in_place(), nullptr);
    EXPECT_EQ(array.to_floats(), (std::vector<float>{0, 0}));
}

TEST(Array, DoublesRoundToTheNearestFloat) {
    const auto array = array_of(ElementType::f64, bytes_of(std::vector<double>{0.1, 1e300}), {2});
    EXPECT_EQ(array.to_floats(), (std::vector<float>{0.1F, std::numeric_limits<float>::infinity()}));
}

TEST(Array, WholeDoublesAreIntegersAndFractionsAreRefused) {
    EXPECT_EQ(array_of(ElementType::f64, bytes_of(std::vector<double>{3, -1}), {2}).to_integers(),
              (std::vector<std::int64_t>{3, -1}));
    for (const double bad : {0.5, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
        const auto array = array_of(ElementType::f64, bytes_of(std::vector<double>{bad}), {1});
        EXPECT_NE(refusal([&] { static_cast<void>(array.to_integers()); }), "");
    }
}

TEST(Array, ShapesReadLikePython) {
    EXPECT_EQ(shape_text({}), "()");
    EXPECT_EQ(shape_text({5}), "(5,)");
    EXPECT_EQ(shape_text({64, 3, -1}), "(64, 3, any)");
}

}  // namespace
}  // namespace hrn::model
