// MATLAB files through matio: what is written is read back, in MATLAB's order, and damage is one line.
#include "worker/model/mat_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model/refusal.hpp"
#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/mat_writer.hpp"
#include "worker/model/tensor_table.hpp"

namespace hrn::model {
namespace {

using testing::HasSubstr;

class MatFiles : public testing::TestWithParam<MatCompression> {
protected:
    [[nodiscard]] std::filesystem::path write(
        const std::vector<std::pair<std::string, Array>>& variables) const {
        const auto path = scratch_.path() / "a.mat";
        write_mat(path, variables, GetParam());
        return path;
    }
    ScratchFolder scratch_;
};

INSTANTIATE_TEST_SUITE_P(Compressions, MatFiles, testing::Values(MatCompression::none, MatCompression::zlib));

TEST_P(MatFiles, MatricesComeBackInRowMajorOrder) {
    const auto path = write({{"m", array_of(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3})}});
    const auto file = read_mat(path, {"m"});
    const auto& m = file.require("m", {2, 3});
    EXPECT_EQ(m.type, ElementType::f32);
    EXPECT_EQ(m.strides, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(m.to_floats(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST_P(MatFiles, EveryNumericClassComesBack) {
    const auto path =
        write({{"d", array_of(ElementType::f64, bytes_of(std::vector<double>{0.1, -2}), {1, 2})},
               {"i", array_of(ElementType::i32, bytes_of(std::vector<std::int32_t>{-70000, 5}), {2, 1})},
               {"w", array_of(ElementType::u16, bytes_of(std::vector<std::uint16_t>{65535}), {1, 1})},
               {"b", array_of(ElementType::u8, bytes_of(std::vector<std::uint8_t>{255}), {1, 1})}});
    const auto file = read_mat(path, {"d", "i", "w", "b"});
    EXPECT_EQ(file.require("d", {1, 2}).to_doubles(), (std::vector<double>{0.1, -2}));
    EXPECT_EQ(file.require("i", {2, 1}).to_integers(), (std::vector<std::int64_t>{-70000, 5}));
    EXPECT_EQ(file.require("w", {1, 1}).to_integers(), std::vector<std::int64_t>{65535});
    EXPECT_EQ(file.require("b", {1, 1}).to_integers(), std::vector<std::int64_t>{255});
}

TEST_P(MatFiles, AMissingVariableAndAWrongShapeAreNamed) {
    const auto path = write({{"m", array_of(std::vector<float>{1, 2}, {1, 2})}});
    const auto file = read_mat(path, {"m", "tri"});
    EXPECT_EQ(refusal([&] {
                  static_cast<void>(file.require("tri", {-1, 3}));
              }),
              path.string() + ": tri is missing; expected shape (any, 3)");
    EXPECT_EQ(refusal([&] {
                  static_cast<void>(file.require("m", {2, -1}));
              }),
              path.string() + ": m has shape (1, 2), expected (2, any)");
}

TEST_P(MatFiles, ATruncatedFileIsRefusedOrLacksItsVariable) {
    const auto path = write({{"m", array_of(std::vector<float>(5000, 3.0F), {50, 100})}});
    const auto whole = read_whole(path);
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{60}, std::size_t{128}, whole.size() / 2, whole.size() - 9}) {
        const auto cut = scratch_.write("cut.mat", std::string_view(whole).substr(0, length));
        EXPECT_THAT(refusal([&] {
                        static_cast<void>(read_mat(cut, {"m"}).require("m", {50, 100}));
                    }),
                    HasSubstr("cut.mat"))
            << length;
    }
}

TEST(MatFile, AFileOfSomethingElseIsRefused) {
    const ScratchFolder scratch;
    const auto path = scratch.write("a.mat", std::string(400, 'x'));
    EXPECT_THAT(refusal([&] { static_cast<void>(read_mat(path, {"m"})); }),
                HasSubstr("a.mat: is not a MATLAB file"));
    EXPECT_EQ(refusal([] { static_cast<void>(read_mat("/nonexistent.mat", {"m"})); }),
              "/nonexistent.mat: cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace hrn::model
