#include "shared/toml_comments.hpp"

#include <gtest/gtest.h>

#include "shared/config.hpp"

namespace hrn {
namespace {

using config_detail::without_comments;

TEST(TomlComments, AreLeftOutAndLinesStay) {
    EXPECT_EQ(without_comments("# a\n[spool] # b\nx = 1 # \"c\n# d"), "\n[spool] \nx = 1 \n");
    EXPECT_EQ(without_comments(""), "");
    EXPECT_EQ(without_comments("a = [ # one\n 1, # two\n]\n"), "a = [ \n 1, \n]\n");
}

TEST(TomlComments, AHashInAStringIsNone) {
    const std::pair<const char*, const char*> cases[] = {
        {R"(x = "a#b" # c)", R"(x = "a\u0023b" )"},
        {R"(x = 'a#b\"' # c)", R"(x = "a\u0023b\\\"" )"},
        {R"(x = "a\"#b" # c)", R"(x = "a\"\u0023b" )"},
        {R"(x = ["", '', "#"] # c)", R"(x = ["", '', "\u0023"] )"},
        {"x = \"\"\"a\n#b\"\"\"\"\" # c", "x = \"\"\"a\n\\u0023b\"\"\"\"\" "},
        {"x = '''a\n'#\\''' # c", "x = \"\"\"a\n'\\u0023\\\\\"\"\" "},
        {R"("k#" = 'no hash' # c)", R"("k\u0023" = 'no hash' )"},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(without_comments(text), expected) << text;
    }
}

TEST(TomlComments, StringsWithAHashMeanWhatTheyMeant) {
    const Config config = parse_config(
        "[spool] # first\nignore = [\"#a\", # second\n '#\\b\"', 'c', \"\"\"\n#d\"\"\", '''\n#\\e\"''']\n",
        "test");
    EXPECT_EQ(config.spool.ignore, (std::vector<std::string>{"#a", "#\\b\"", "c", "#d", "#\\e\""}));
}

// What was wrong is wrong still, in its line, and found in no time: with a comment where toml11 looks for
// where to go on, it would look for ever.
TEST(TomlComments, AMistakeBesideACommentIsReportedInItsLine) {
    for (const char* text :
         {"[workers]\ndevices = [\"0\", # first\n 1 2 ]\n", "[workers]\ndevices = [\"0\" # first\n",
          "[spool]\nignore = [\"a\\#\"] # no such escape\n", "[spool]\nignore = ['a#] # open\n",
          "[scheduling]\nclasses = [{folder = # none\n"}) {
        try {
            (void)parse_config(text, "test");
            FAIL() << text;
        } catch (const ConfigError& error) {
            EXPECT_EQ(std::string(error.what()).rfind("test:", 0), 0U) << error.what();
        }
    }
}

TEST(TomlComments, BytesThatAreNoTextInACommentDoNoHarm) {
    EXPECT_NO_THROW((void)parse_config("# \xff\x01\n[spool]\n# \xfe\nsettle_ms = 5\n", "test"));
}

}  // namespace
}  // namespace hrn
