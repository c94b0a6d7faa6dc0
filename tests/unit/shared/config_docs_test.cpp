// The documents in the tree are what the tables generate; rewrite them with: hrn-docgen .
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "shared/config.hpp"
#include "shared/error_code.hpp"
#include "shared/generated_docs.hpp"

namespace hrn {
namespace {

// "a" + name + "b", built so that g++ 12 does not see an overlap that is not there.
std::string framed(std::string_view before, std::string_view name, std::string_view after) {
    return std::string(before).append(name).append(after);
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(GeneratedDocuments, AreInTheTreeAsTheTablesGiveThem) {
    for (const GeneratedDocument& document : generated_documents()) {
        EXPECT_EQ(content_of(framed(HRN_SOURCE_DIR "/", document.path, "")), document.text())
            << document.path << " is out of date: run hrn-docgen in the root of the sources";
    }
}

TEST(GeneratedDocuments, NameEveryKeyAndEveryError) {
    const std::string keys = configuration_markdown();
    for (const ConfigKey& key : config_keys()) {
        EXPECT_NE(keys.find(framed("| `", key.name, "` |")), std::string::npos) << key.name;
    }
    const std::string errors = errors_markdown();
    for (const ErrorRow& row : error_table()) {
        if (row.code != ErrorCode::none) {
            EXPECT_NE(errors.find(framed("| `", row.name, "` |")), std::string::npos) << row.name;
        }
    }
}

TEST(ExampleFile, ParsesToTheDefaults) {
    const Config parsed = parse_config(example_toml(), "hrn.toml");
    EXPECT_TRUE(changed_keys(default_config(), parsed).empty());
}

TEST(ExampleFile, HasEveryKeyUncommentedOnce) {
    const std::string text = framed("\n", example_toml(), "");
    for (const ConfigKey& key : config_keys()) {
        EXPECT_NE(text.find(framed("\n", key.name, " = ")), std::string::npos) << key.name;
    }
}

}  // namespace
}  // namespace hrn
