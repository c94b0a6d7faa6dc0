// What our writer makes, our reader reads: both formats, nested dicts, all shapes.
#include "worker/model/torch_writer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/tensor_table.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::model {
namespace {

class TorchWriter : public testing::TestWithParam<TorchFormat> {
protected:
    [[nodiscard]] TensorFile round_trip(const TorchDict& content) const {
        const auto path = scratch_.path() / "model.pt";
        write_torch_file(path, content, GetParam());
        return read_torch_file(path);
    }
    ScratchFolder scratch_;
};

INSTANTIATE_TEST_SUITE_P(Formats, TorchWriter, testing::Values(TorchFormat::zip, TorchFormat::legacy));

TEST_P(TorchWriter, NestedDictsComeBackUnderDottedNamesInOrder) {
    TorchDict inner;
    inner.ordered = true;
    inner.add("w", array_of(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
    inner.add("steps", array_of(ElementType::i64, bytes_of(std::vector<std::int64_t>{1000}), {}));
    TorchDict content;
    content.add("net", inner);
    content.add("alpha", array_of(std::vector<float>{0.5F}, {1}));
    const auto file = round_trip(content);
    ASSERT_EQ(file.entries().size(), 3u);
    EXPECT_EQ(file.require("net.w", {2, 3}).to_floats(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(file.require("net.steps", {}).to_integers(), std::vector<std::int64_t>{1000});
    EXPECT_EQ(file.entries()[2].name, "alpha");
}

TEST_P(TorchWriter, AnEmptyTensorAndAnEmptyDictComeBack) {
    TorchDict content;
    content.add("nothing", TorchDict{});
    content.add("none", array_of(std::vector<float>{}, {0, 4}));
    EXPECT_TRUE(round_trip(content).require("none", {0, 4}).to_floats().empty());
}

TEST_P(TorchWriter, ALengthOfMoreThan16BitsComesBack) {
    TorchDict content;
    content.add("long", array_of(std::vector<float>(70'000, 2.0F), {70'000}));
    EXPECT_EQ(round_trip(content).require("long", {70'000}).to_floats().back(), 2.0F);
}

TEST_P(TorchWriter, AViewWithGapsIsRefused) {
    auto gaps = array_of(std::vector<float>{1, 2, 3, 4}, {4});
    gaps.shape = {2};
    gaps.strides = {2};
    TorchDict content;
    content.add("gaps", gaps);
    EXPECT_THROW(write_torch_file(scratch_.path() / "m.pt", content, GetParam()), std::invalid_argument);
}

TEST(TorchZip, DataBeginsAtMultiplesOf64) {
    const ScratchFolder scratch;
    TorchDict content;
    for (const char* name : {"a", "bb", "ccc"}) {
        content.add(name, array_of(std::vector<float>{7.0F, 8.0F}, {2}));
    }
    write_torch_file(scratch.path() / "m.pt", content, TorchFormat::zip);
    const auto bytes = read_whole(scratch.path() / "m.pt");
    const float wanted[] = {7.0F, 8.0F};
    const std::string_view pattern(reinterpret_cast<const char*>(wanted), sizeof wanted);
    int found = 0;
    for (auto at = bytes.find(pattern); at != std::string::npos; at = bytes.find(pattern, at + 1)) {
        EXPECT_EQ(at % 64, 0u);
        ++found;
    }
    EXPECT_EQ(found, 3);
}

}  // namespace
}  // namespace hrn::model
