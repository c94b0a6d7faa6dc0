// Reading TOML: right values arrive, every wrong thing is one line with file, line and key.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "shared/config.hpp"

namespace hrn {
namespace {

Config parse(std::string_view text) {
    return parse_config(text, "hrn.toml");
}

std::string complaint(std::string_view text) {
    try {
        (void)parse(text);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(ConfigParse, AnEmptyFileGivesTheDefaults) {
    EXPECT_TRUE(changed_keys(default_config(), parse("")).empty());
    EXPECT_TRUE(changed_keys(default_config(), parse("# nothing\n\n")).empty());
}

TEST(ConfigParse, ValuesOfEveryTypeArrive) {
    const Config config = parse(R"(
[service]
spool_dir = "/data/spool"
[spool]
settle_ms = 250
ignore = ["*.bak"]
[workers]
devices = ["0", "GPU-1234-abcd", "cpu"]
batch_size = 8
[scheduling]
classes = [{folder = "urgent", weight = 2.5, priority = 10}, {folder = "bulk"}]
[limits]
stage_timeout_s = 1.5
kill_timeout_s = 3
[output]
detail = true
mesh = ["obj", "glb"]
[simulated]
speeds = [1, 0.5]
[model]
kind = "simulated"
)");
    EXPECT_EQ(config.service.spool_dir, "/data/spool");
    EXPECT_EQ(config.spool.settle_ms, 250);
    EXPECT_EQ(config.spool.ignore, std::vector<std::string>{"*.bak"});
    EXPECT_EQ(config.workers.devices, (std::vector<std::string>{"0", "GPU-1234-abcd", "cpu"}));
    EXPECT_EQ(config.workers.batch_size, 8);
    EXPECT_EQ(config.scheduling.classes, (std::vector<FolderClass>{{"urgent", 2.5, 10}, {"bulk", 1, 0}}));
    EXPECT_DOUBLE_EQ(config.limits.stage_timeout_s, 1.5);
    EXPECT_DOUBLE_EQ(config.limits.kill_timeout_s, 3);
    EXPECT_TRUE(config.output.detail);
    EXPECT_EQ(config.output.mesh, (std::vector<std::string>{"obj", "glb"}));
    EXPECT_EQ(config.simulated.speeds, (std::vector<double>{1, 0.5}));
    EXPECT_EQ(config.model.kind, "simulated");
    EXPECT_EQ(config.spool.rescan_s, 30) << "left out: the default";
}

TEST(ConfigParse, AutoAndPlainNumbersAreTaken) {
    EXPECT_EQ(parse("workers.batch_size = \"auto\"").workers.batch_size, 0);
    EXPECT_EQ(parse("workers.devices = \"auto\"").workers.devices, std::vector<std::string>{"auto"});
    EXPECT_EQ(parse("workers.devices = [0, 1]").workers.devices, (std::vector<std::string>{"0", "1"}));
    EXPECT_EQ(parse("workers.devices = \"cpu\"").workers.devices, std::vector<std::string>{"cpu"});
}

TEST(ConfigParse, EveryWrongThingIsOneLineWithFileLineAndKey) {
    const std::pair<const char*, const char*> cases[] = {
        {"\n\n[spool]\nsettle_ms = \"fast\"",
         "hrn.toml:4: spool.settle_ms: must be a whole number from 0 to 3600000 (ms), not \"fast\""},
        {"[spool]\nsettle_ms = -1",
         "hrn.toml:2: spool.settle_ms: must be a whole number from 0 to 3600000 (ms), not -1"},
        {"[spool]\nsettle_ms = 1.5",
         "hrn.toml:2: spool.settle_ms: must be a whole number from 0 to 3600000 (ms), not 1.5"},
        {"[spool]\nsetle_ms = 5",
         "hrn.toml:2: spool.setle_ms: no such key; hrn.toml(5) and docs/configuration.md list all"},
        {"[spol]\nsettle_ms = 5",
         "hrn.toml:1: spol: no such section; hrn.toml(5) and docs/configuration.md list all"},
        {"colour = 1", "hrn.toml:1: colour: no such section; hrn.toml(5) and docs/configuration.md list all"},
        {"spool = 1", "hrn.toml:1: spool: must be a section, [spool]"},
        {"[service]\noriginals = \"burn\"",
         "hrn.toml:2: service.originals: must be one of \"keep\", \"delete\", not \"burn\""},
        {"[service]\nspool_dir = 5", "hrn.toml:2: service.spool_dir: must be a text in quotes, not 5"},
        {"[limits]\nstage_timeout_s = 0",
         "hrn.toml:2: limits.stage_timeout_s: must be a number from 0.1 to 86400 (s), not 0"},
        {"[limits]\nstage_timeout_s = nan",
         "hrn.toml:2: limits.stage_timeout_s: must be a number from 0.1 to 86400 (s), not nan"},
        {"[output]\ndetail = 1", "hrn.toml:2: output.detail: must be true or false, not 1"},
        {"[output]\nmesh = \"obj\"",
         "hrn.toml:2: output.mesh: must be a list of texts, [\"...\", \"...\"], not \"obj\""},
        {"[output]\nmesh = [\"stl\"]",
         "hrn.toml:2: output.mesh: must be one of \"obj\", \"glb\", \"ply\", not \"stl\""},
        {"[workers]\nbatch_size = 0",
         "hrn.toml:2: workers.batch_size: must be \"auto\" or a whole number from 1 to 64 (images), not 0"},
        {"[simulated]\nspeeds = [0]",
         "hrn.toml:2: simulated.speeds: must be a list of numbers from 0.001 to 1000, one a worker, not 0"},
        {"[log]\nlevel = true",
         "hrn.toml:2: log.level: must be one of \"debug\", \"info\", \"warning\", \"error\", not true"},
    };
    for (const auto& [text, message] : cases) {
        EXPECT_EQ(complaint(text), message) << text;
    }
}

TEST(ConfigParse, TheFirstMistakeOfAFileIsTheOneReported) {
    EXPECT_TRUE(complaint("[spool]\nrescan_s = 0\nsettle_ms = -1\nzzz = 1\n").starts_with("hrn.toml:2: "));
}

TEST(ConfigParse, FolderClassesAreCheckedFieldByField) {
    const auto with = [](const std::string& one) {
        return complaint("[scheduling]\nclasses = [" + one + "]");
    };
    EXPECT_EQ(with("{folder = \"a\"}"), "accepted");
    for (const char* wrong :
         {"{}", "{folder = \"\"}", "{folder = \"a/b\"}", "{folder = \"..\"}", "{folder = 1}", "1",
          "{folder = \"a\", weight = 0}", "{folder = \"a\", weight = -1}", "{folder = \"a\", priority = 1.5}",
          "{folder = \"a\", colour = 1}"}) {
        EXPECT_TRUE(with(wrong).starts_with("hrn.toml:2: scheduling.classes: must be a list like"))
            << with(wrong);
    }
}

TEST(ConfigParse, WhatIsNotTomlIsSaidInOneLine) {
    for (const char* text :
         {"[spool\n", "[spool]\nsettle_ms 5\n", "[spool]\nsettle_ms = \n", "\x01\x02", "= 5",
          "[log]\nlevel = \"a\nb\"\n", "[spool]\nsettle_ms = 1\nsettle_ms = 2\n", "[spool]\n[spool]\n"}) {
        const std::string message = complaint(text);
        EXPECT_TRUE(message.starts_with("hrn.toml:")) << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
    EXPECT_TRUE(complaint("[spool]\n\nsettle_ms 5\n").starts_with("hrn.toml:3: this is not TOML"));
}

TEST(ConfigParse, AFileNameCannotForgeLines) {
    try {
        (void)parse_config("x = 1", "a\nb");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
}

TEST(ConfigWrite, GivesBackWhatWasRead) {
    Config config = default_config();
    config.service.spool_dir = "/with \"quotes\" and \\ and \xC3\xA4";
    config.workers.devices = {"0", "GPU-1"};
    config.workers.batch_size = 16;
    config.limits.kill_timeout_s = 0.1;
    config.scheduling.classes = {{"bulk", 0.25, -3}};
    config.simulated.speeds = {1, 0.333333333333};
    config.hooks.on_done = {"/bin/echo", "a\tb"};
    config.limits.max_image_pixels = 4'294'967'296;
    const Config again = parse_config(to_toml(config), "again");
    EXPECT_TRUE(changed_keys(config, again).empty()) << to_toml(config);
    EXPECT_EQ(again.scheduling.classes, config.scheduling.classes);
    EXPECT_EQ(again.service.spool_dir, config.service.spool_dir);
}

TEST(ConfigChanges, NameTheKeyAndBothValues) {
    Config after = default_config();
    after.spool.settle_ms = 5;
    after.workers.batch_size = 4;
    const auto changes = changed_keys(default_config(), after);
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].key->name, "settle_ms");
    EXPECT_EQ(changes[0].from, "1000");
    EXPECT_EQ(changes[0].to, "5");
    EXPECT_EQ(changes[1].from, "\"auto\"");
    EXPECT_EQ(changes[1].to, "4");
}

TEST(ConfigFile, ThatCannotBeReadIsNamed) {
    try {
        (void)load_config("/nowhere/hrn.toml");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_STREQ(
            error.what(),
            "/nowhere/hrn.toml: cannot be read: No such file or directory. Name the configuration with "
            "--config FILE or HRN_CONFIG.");
    }
}

TEST(ConfigFile, IsLoaded) {
    const std::string path = testing::TempDir() + "hrn_config_test.toml";
    std::ofstream(path) << "[spool]\nsettle_ms = 7\n";
    EXPECT_EQ(load_config(path).spool.settle_ms, 7);
    std::ofstream(path, std::ios::trunc).flush();
    EXPECT_EQ(load_config(path).spool.settle_ms, 1000) << "an empty file";
    std::filesystem::remove(path);
}

TEST(ConfigFile, ThatOpensAndCannotBeReadIsRefusedNotTakenForAnEmptyOne) {
    try {
        (void)load_config(testing::TempDir());
        FAIL() << "a folder was read";
    } catch (const ConfigError& error) {
        EXPECT_NE(std::string(error.what()).find("cannot be read: Is a directory"), std::string::npos)
            << error.what();
    }
}

TEST(ConfigFile, IsFoundThroughTheCommandLineThenTheEnvironment) {
    ::unsetenv("HRN_CONFIG");
    EXPECT_EQ(config_path(std::nullopt), "/etc/hrn/hrn.toml");
    ::setenv("HRN_CONFIG", "/from/environment", 1);
    EXPECT_EQ(config_path(std::nullopt), "/from/environment");
    EXPECT_EQ(config_path("/from/line"), "/from/line");
    ::unsetenv("HRN_CONFIG");
}

}  // namespace
}  // namespace hrn
