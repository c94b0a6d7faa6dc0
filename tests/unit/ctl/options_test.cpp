#include "supervisor/ctl/options.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace hrn::ctl {
namespace {

Exit status_of(const std::vector<std::string>& arguments) {
    try {
        (void)parse_options(arguments);
    } catch (const CommandError& error) {
        return error.status();
    }
    return Exit::done;
}

TEST(Options, StandBeforeOrBehindTheCommand) {
    for (const auto& arguments : {std::vector<std::string>{"--socket", "/s", "--json", "status", "--check"},
                                  {"status", "--check", "--json", "--socket", "/s"}}) {
        const Options options = parse_options(arguments);
        EXPECT_EQ(options.command, "status");
        EXPECT_EQ(options.socket, "/s");
        EXPECT_TRUE(options.json);
        EXPECT_TRUE(options.check);
    }
}

TEST(Options, OfTasks) {
    const Options options =
        parse_options({"tasks", "--state", "failed", "--limit", "7", "--after", "0192abcd", "--json-lines"});
    EXPECT_EQ(options.state, "failed");
    EXPECT_EQ(options.limit, 7);
    EXPECT_EQ(options.after, "0192abcd");
    EXPECT_TRUE(options.json_lines);
    EXPECT_EQ(parse_options({"tasks"}).limit, 100);
}

TEST(Options, OfSubmit) {
    const Options options =
        parse_options({"submit", "a.jpg", "b", "-r", "--move", "--wait", "--timeout", "1.5"});
    EXPECT_EQ(options.paths, (std::vector<std::string>{"a.jpg", "b"}));
    EXPECT_TRUE(options.recursive && options.wait);
    EXPECT_EQ(options.transfer, Transfer::move);
    EXPECT_EQ(options.timeout, std::chrono::milliseconds(1500));
    EXPECT_EQ(parse_options({"submit", "a"}).transfer, Transfer::copy);
    EXPECT_EQ(parse_options({"submit", "--copy", "a"}).transfer, Transfer::copy);
    EXPECT_EQ(parse_options({"submit", "--link", "a"}).transfer, Transfer::link);
}

TEST(Options, OfTheOtherCommands) {
    EXPECT_EQ(parse_options({"wait", "a", "b", "--timeout", "0"}).ids, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(parse_options({"wait", "--timeout", "0"}).timeout, std::chrono::milliseconds(0));
    EXPECT_FALSE(parse_options({"wait"}).timeout);
    EXPECT_TRUE(parse_options({"retry", "--failed"}).failed);
    EXPECT_EQ(parse_options({"restart-worker", "0"}).worker, 0);
    EXPECT_TRUE(parse_options({"restart-worker", "--all"}).all);
    EXPECT_EQ(parse_options({"stats", "--since", "2026-11-24T08:00:00Z"}).since, "2026-11-24T08:00:00Z");
    EXPECT_EQ(parse_options({"show", "0192"}).ids, std::vector<std::string>{"0192"});
}

TEST(Options, WrongOnesAreUsageErrors) {
    for (const auto& arguments : {std::vector<std::string>{},
                                  {"frobnicate"},
                                  {"status", "--frobnicate"},
                                  {"status", "extra"},
                                  {"show"},
                                  {"show", "a", "b"},
                                  {"submit"},
                                  {"submit", "a", "--copy", "--move"},
                                  {"submit", "a", "--move", "--link"},
                                  {"submit", "a", "--timeout", "5"},
                                  {"tasks", "--state", "asleep"},
                                  {"tasks", "--limit", "-1"},
                                  {"tasks", "--limit", "many"},
                                  {"retry"},
                                  {"retry", "a", "--failed"},
                                  {"restart-worker"},
                                  {"restart-worker", "1", "--all"},
                                  {"restart-worker", "-1"},
                                  {"wait", "--timeout", "soon"},
                                  {"wait", "--timeout", "-1"},
                                  {"stats", "--since", "yesterday"},
                                  {"status", "workers"}}) {
        EXPECT_EQ(status_of(arguments), Exit::usage) << testing::PrintToString(arguments);
    }
}

TEST(SinceTime, IsATimeOrAnAge) {
    EXPECT_EQ(since_time("2026-11-24T08:00:00Z", 0), "2026-11-24T08:00:00Z");
    EXPECT_EQ(since_time("2026-11-24T08:00:00.5Z", 0), "2026-11-24T08:00:00.5Z");
    EXPECT_EQ(since_time("90s", 100'000), "1970-01-01T00:00:10.000Z");
    EXPECT_EQ(since_time("2h", 7'300'000), "1970-01-01T00:01:40.000Z");
    EXPECT_EQ(since_time("1d", 1000), "1970-01-01T00:00:00.000Z") << "not before time began";
    for (const char* wrong :
         {"", "yesterday", "2026-11-24", "2026-11-24T08:00:00", "-5s", "5", "5w", "1.5h"}) {
        EXPECT_FALSE(since_time(wrong, 0)) << wrong;
    }
}

TEST(Options, HelpIsNoError) {
    for (const auto& arguments : {std::vector<std::string>{"--help"}, {"submit", "--help"}}) {
        try {
            (void)parse_options(arguments);
            FAIL();
        } catch (const CommandError& error) {
            EXPECT_EQ(error.status(), Exit::done);
            EXPECT_NE(std::string(error.what()).find("--help"), std::string::npos);
        }
    }
}

TEST(Options, AWordThatNobodyKnowsIsNamed) {
    for (const auto& arguments :
         {std::vector<std::string>{"statsu"}, {"show", "--statsu"}, {"device", "statsu"}}) {
        try {
            (void)parse_options(arguments);
            FAIL() << arguments.front();
        } catch (const CommandError& error) {
            EXPECT_EQ(error.status(), Exit::usage);
            EXPECT_NE(std::string(error.what()).find("statsu"), std::string::npos) << error.what();
        }
    }
}

TEST(Options, TheVersionIsNoError) {
    try {
        (void)parse_options({"--version"});
        FAIL();
    } catch (const CommandError& error) {
        EXPECT_EQ(error.status(), Exit::done);
        EXPECT_EQ(std::string(error.what()).rfind("hrn-ctl ", 0), 0U) << error.what();
    }
}

TEST(Options, HelpBeginsWithTheWholeCommand) {
    const std::pair<std::vector<std::string>, std::string> cases[] = {
        {{"--help"}, "Usage: hrn-ctl "},
        {{"bench", "--help"}, "Usage: hrn-ctl bench "},
        {{"device", "drain", "--help"}, "Usage: hrn-ctl device drain "},
    };
    for (const auto& [arguments, usage] : cases) {
        try {
            (void)parse_options(arguments);
            FAIL() << usage;
        } catch (const CommandError& error) {
            EXPECT_NE(std::string(error.what()).find(usage), std::string::npos) << error.what();
        }
    }
}

TEST(Commands, AreDocumented) {
    std::ifstream file(HRN_SOURCE_DIR "/docs/commands.md");
    std::ostringstream text;
    text << file.rdbuf();
    for (const auto& [name, help] : command_list()) {
        EXPECT_NE(text.str().find("hrn-ctl " + name), std::string::npos) << name;
        EXPECT_FALSE(help.empty()) << name;
    }
}

}  // namespace
}  // namespace hrn::ctl
