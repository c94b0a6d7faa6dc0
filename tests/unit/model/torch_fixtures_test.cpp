// Files that Python wrote, in both formats, against what Python said they hold (tests/data/golden/fixtures).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/model/refusal.hpp"
#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/torch_document.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::model {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::filesystem::path fixtures = std::filesystem::path(HRN_TEST_DATA_DIR) / "golden/fixtures";

json describe_tensor(const TorchDocument& document, std::uint32_t index) {
    const Array& array = document.arrays[index];
    json out{{"type", "tensor"},
             {"dtype", element_name(array.type)},
             {"shape", array.shape},
             {"parameter", document.tree.tensors[index].parameter}};
    json values = json::array();
    const bool whole =
        array.type != ElementType::f16 && array.type != ElementType::f32 && array.type != ElementType::f64;
    if (whole) {
        for (const auto x : array.to_integers()) {
            values.push_back(x);
        }
    } else {
        for (const auto x : array.to_doubles()) {
            values.push_back(x);
        }
    }
    const char* key = "values";
    if (values.size() > 400) {
        values.erase(values.begin() + 400, values.end());
        key = "first_values";
    }
    out[key] = values;
    return out;
}

json describe(const TorchDocument& document, pickle::Ref ref);

json describe_items(const TorchDocument& document, const std::vector<pickle::Ref>& refs) {
    json items = json::array();
    for (const auto ref : refs) {
        items.push_back(describe(document, ref));
    }
    return items;
}

// The same words as the fixtures' JSON.
json describe(const TorchDocument& document, pickle::Ref ref) {
    using namespace pickle;
    const Value& value = document.tree.values[ref];
    if (const auto* tensor = std::get_if<TensorRef>(&value)) {
        return describe_tensor(document, tensor->index);
    }
    if (const auto* dict = std::get_if<Dict>(&value)) {
        json items = json::array();
        for (const auto& [key, item] : dict->items) {
            items.push_back({std::get<std::string>(document.tree.values[key]), describe(document, item)});
        }
        return {{"type", "dict"}, {"items", items}};
    }
    if (const auto* list = std::get_if<List>(&value)) {
        return {{"type", "list"}, {"items", describe_items(document, list->items)}};
    }
    if (const auto* tuple = std::get_if<Tuple>(&value)) {
        return {{"type", "tuple"}, {"items", describe_items(document, tuple->items)}};
    }
    if (const auto* flag = std::get_if<bool>(&value)) {
        return {{"type", "bool"}, {"value", *flag}};
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return {{"type", "int"}, {"value", *number}};
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return {{"type", "float"}, {"value", *real}};
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return {{"type", "str"}, {"value", *text}};
    }
    EXPECT_TRUE(std::holds_alternative<None>(value));
    return {{"type", "NoneType"}, {"value", nullptr}};
}

class Fixture : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(Fixture, HoldsWhatPythonSaid) {
    const auto [name, format] = GetParam();
    const auto expected = json::parse(read_whole(fixtures / (std::string(name) + ".json")));
    const auto document = read_torch_document(fixtures / (std::string(name) + "." + format + ".pt"));
    EXPECT_EQ(describe(document, document.tree.root), expected);
}

INSTANTIATE_TEST_SUITE_P(Python, Fixture,
                         testing::Combine(testing::Values("flat", "nested", "views", "shared", "state_dict"),
                                          testing::Values("zip", "legacy")));

class BothFormats : public testing::TestWithParam<const char*> {
protected:
    [[nodiscard]] static std::filesystem::path file(const std::string& name) {
        return fixtures / (name + "." + GetParam() + ".pt");
    }
};

INSTANTIATE_TEST_SUITE_P(Torch, BothFormats, testing::Values("zip", "legacy"));

TEST_P(BothFormats, FlattensNestedDictsToDottedNamesInOrder) {
    const auto tensors = read_torch_file(file("nested"));
    std::vector<std::string> names;
    for (const auto& entry : tensors.entries()) {
        names.push_back(entry.name);
    }
    EXPECT_THAT(names,
                testing::ElementsAre("net_recon.backbone.conv1.weight", "net_recon.final_layers.0.bias",
                                     "mid_net.model.1.weight", "alpha", "beta"));
    EXPECT_TRUE(tensors.entries().back().parameter);
    EXPECT_TRUE(tensors.has_prefix("mid_net."));
    EXPECT_FALSE(tensors.has_prefix("high_net."));
}

TEST_P(BothFormats, SharedStoragesAreNotCopied) {
    const auto tensors = read_torch_file(file("shared"));
    const auto& a = tensors.require("a.generator.w", {5, 5});
    const auto& b = tensors.require("b.generator.w", {5, 5});
    const auto& row = tensors.require("b.generator.row", {5});
    EXPECT_EQ(a.bytes.get(), b.bytes.get());
    EXPECT_EQ(row.offset, 15);
    const auto all = a.to_floats();
    EXPECT_EQ(row.to_floats(), std::vector<float>(all.begin() + 15, all.begin() + 20));
}

TEST_P(BothFormats, AMissingKeyIsNamedWithItsFile) {
    const auto path = file("nested");
    const auto tensors = read_torch_file(path);
    const auto text = refusal([&] { static_cast<void>(tensors.require("gamma", {1})); });
    EXPECT_EQ(text, path.string() + ": gamma is missing; expected shape (1,)");
    EXPECT_EQ(tensors.find("gamma"), nullptr);
}

TEST_P(BothFormats, AWrongShapeIsNamedWithBothShapes) {
    const auto path = file("nested");
    const auto tensors = read_torch_file(path);
    const auto text = refusal([&] {
        static_cast<void>(tensors.require("mid_net.model.1.weight", {4, -1, 3, 3}));
    });
    EXPECT_EQ(text,
              path.string() + ": mid_net.model.1.weight has shape (4, 6, 2, 2), expected (4, any, 3, 3)");
}

TEST_P(BothFormats, RefusesToRunSystemAndNamesIt) {
    const auto text = refusal([&] { static_cast<void>(read_torch_file(file("evil_system"))); });
    EXPECT_THAT(text, HasSubstr("the global posix.system"));
    EXPECT_THAT(text, HasSubstr("evil_system"));
    EXPECT_FALSE(std::filesystem::exists("/tmp/hrn-pickle-was-executed"));
}

TEST_P(BothFormats, RefusesToRunEvalAndNamesIt) {
    const auto text = refusal([&] { static_cast<void>(read_torch_file(file("evil_eval"))); });
    EXPECT_THAT(text, HasSubstr("the global __builtin__.eval"));
    EXPECT_FALSE(std::filesystem::exists("/tmp/hrn-pickle-was-executed"));
}

TEST_P(BothFormats, ATruncatedFileIsOneLineThatNamesIt) {
    const auto path = file("truncated");
    const auto text = refusal([&] { static_cast<void>(read_torch_file(path)); });
    EXPECT_THAT(text, testing::StartsWith(path.string() + ": "));
    EXPECT_THAT(text, HasSubstr("truncated file?"));
}

TEST_P(BothFormats, EveryTruncationIsRefused) {
    const ScratchFolder scratch;
    const auto whole = read_whole(file("flat"));
    for (std::size_t length = 1; length < whole.size(); length += 53) {
        const auto path = scratch.write("cut.pt", std::string_view(whole).substr(0, length));
        EXPECT_THAT(refusal([&] { static_cast<void>(read_torch_file(path)); }), HasSubstr("cut.pt"))
            << length;
    }
}

TEST(TorchFile, AFileThatIsMissingIsNamed) {
    const auto text = refusal([] { static_cast<void>(read_torch_file("/nonexistent/model.pt")); });
    EXPECT_EQ(text, "/nonexistent/model.pt: cannot be opened: No such file or directory");
}

TEST(TorchFile, AnEmptyFileIsNamed) {
    const ScratchFolder scratch;
    const auto path = scratch.write("model.pt", "");
    EXPECT_EQ(refusal([&] { static_cast<void>(read_torch_file(path)); }), path.string() + ": is empty");
}

TEST(TorchFile, AFileOfSomethingElseIsNamed) {
    const ScratchFolder scratch;
    const auto path = scratch.write("model.pt", "<html>Not Found</html>");
    EXPECT_THAT(refusal([&] { static_cast<void>(read_torch_file(path)); }),
                testing::StartsWith(path.string()));
}

TEST(TorchFile, AFolderIsNotAFile) {
    const ScratchFolder scratch;
    EXPECT_THAT(refusal([&] { static_cast<void>(read_torch_file(scratch.path())); }),
                HasSubstr("is not a regular file"));
}

TEST(TorchFile, ANameThatOccursTwiceIsRefused) {
    const auto twice = [] { TensorFile("model.pt", {{"w", Array{}}, {"w", Array{}}}); };
    EXPECT_EQ(refusal(twice), "model.pt: w occurs twice");
}

}  // namespace
}  // namespace hrn::model
