// Whatever these write is read back by the parser of the configuration as it was.
#include "shared/toml_text.hpp"

#include <gtest/gtest.h>

#include "shared/config.hpp"

namespace hrn {
namespace {

TEST(TomlText, AStringReadsBackWhateverIsInIt) {
    std::string all = "/folder \"quoted\" \\ back, \xc3\xa9, \xf0\x9f\x99\x82 ";
    for (char c = 1; c < 0x20; ++c) {
        all += c;
    }
    all += "\x7f";
    const Config config = parse_config("[service]\nresults_dir = " + toml_string(all) + "\n", "test");
    EXPECT_EQ(config.service.results_dir, all);
}

TEST(TomlText, NumbersReadBackToTheLastBit) {
    const std::vector<double> speeds = {1, 0.1, 1.0 / 3, 999.9999999999999};
    const Config config = parse_config(
        "[simulated]\nspeeds = " + toml_list(speeds, toml_number) + "\nload_ms = " + toml_number(250) + "\n",
        "test");
    EXPECT_EQ(config.simulated.speeds, speeds);
    EXPECT_EQ(config.simulated.load_ms, 250);
}

TEST(TomlText, AListOfStringsReadsBack) {
    const std::vector<std::string> patterns = {"@eaDir", "a \"b\", c"};
    const Config config =
        parse_config("[spool]\nignore = " + toml_list(patterns, toml_string) + "\n", "test");
    EXPECT_EQ(config.spool.ignore, patterns);
    EXPECT_EQ(toml_list(std::vector<std::string>{}, toml_string), "[]");
}

}  // namespace
}  // namespace hrn
