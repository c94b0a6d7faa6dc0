#include "shared/protocol.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

namespace hrn::protocol {
namespace {

std::string complaint(std::string_view line) {
    try {
        (void)ParsedRequest(line);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Request, ComesThroughALine) {
    const std::string line = request_line("show", {{"id", "0192"}});
    EXPECT_EQ(line.back(), '\n');
    const ParsedRequest request(line);
    EXPECT_EQ(request.command(), "show");
    EXPECT_EQ(request.arguments()["id"], "0192");
    EXPECT_TRUE(request.id().is_null());
}

TEST(Request, ArgumentsAndIdMayBeLeftOut) {
    const ParsedRequest request(R"({"command": "status", "id": 5})");
    EXPECT_TRUE(request.arguments().is_object());
    EXPECT_EQ(request.id(), 5);
}

TEST(Request, SaysWhatIsWrong) {
    EXPECT_EQ(complaint("hello"), "the request is not a JSON object in one line");
    EXPECT_EQ(complaint("[1]"), "the request is not a JSON object in one line");
    EXPECT_EQ(complaint(""), "the request is not a JSON object in one line");
    EXPECT_EQ(complaint("{}"), "the request lacks \"command\", a text");
    EXPECT_EQ(complaint(R"({"command": 7})"), "the request lacks \"command\", a text");
    EXPECT_EQ(complaint(R"({"command": "x", "arguments": []})"), "\"arguments\" is not an object");
    EXPECT_EQ(complaint(R"({"command": "x", "id": {"a": 1}})"), "\"id\" is not a text or a number");
    EXPECT_EQ(complaint(std::string(70'000, ' ')), "the request is longer than 65536 bytes");
}

TEST(Request, NestedTooDeeplyIsRefused) {
    const auto nested = [](std::size_t levels) {
        return std::string(R"({"command": "x", "arguments": {"a": )")
            .append(levels, '[')
            .append(levels, ']')
            .append("}}");
    };
    EXPECT_EQ(complaint(nested(10)), "accepted");
    EXPECT_EQ(complaint(nested(30'000)), "the request is nested too deeply");
    EXPECT_EQ(complaint(std::string(60'000, '[')), "the request is nested too deeply");
}

TEST(Request, BracketsInTextsAreNoNesting) {
    EXPECT_EQ(complaint(R"({"command": "x", "arguments": {"a": ")" + std::string(1000, '[') + "\"}}"),
              "accepted");
}

TEST(Answer, IsOneLineWithTheIdOfItsRequest) {
    const auto answer = nlohmann::json::parse(answer_line(7, {{"state", "running"}}));
    EXPECT_EQ(answer["ok"], true);
    EXPECT_EQ(answer["result"]["state"], "running");
    EXPECT_EQ(answer["id"], 7);
    const auto error = nlohmann::json::parse(error_line("x", "not_found", "no such task"));
    EXPECT_EQ(error["ok"], false);
    EXPECT_EQ(error["error"]["code"], "not_found");
    EXPECT_EQ(error["id"], "x");
}

TEST(Answer, BytesThatAreNotUtf8DoNotBreakIt) {
    const std::string line = answer_line(nullptr, {{"path", "x\xFF"}});
    EXPECT_EQ(nlohmann::json::parse(line)["result"]["path"], "x\xEF\xBF\xBD");
}

TEST(Commands, AreFoundByName) {
    for (const CommandRow& row : commands()) {
        EXPECT_EQ(find_command(row.name), &row);
    }
    EXPECT_EQ(find_command("destroy"), nullptr);
}

TEST(Commands, ThatChangeSomethingAreMarked) {
    std::set<std::string_view> changing;
    for (const CommandRow& row : commands()) {
        if (row.changes) {
            changing.insert(row.name);
        }
    }
    EXPECT_EQ(changing, (std::set<std::string_view>{"retry", "cancel", "hold", "release", "bump", "clean",
                                                    "pause", "resume", "drain", "reload", "restart-worker",
                                                    "device-drain", "device-resume", "rescan"}));
}

TEST(Protocol, EveryCommandAndEventIsDocumented) {
    std::ifstream file(HRN_SOURCE_DIR "/docs/control-protocol.md");
    std::ostringstream text;
    text << file.rdbuf();
    for (const CommandRow& row : commands()) {
        EXPECT_NE(text.str().find(std::string("`").append(row.name).append("`")), std::string::npos)
            << row.name;
    }
    for (const EventRow& row : events()) {
        EXPECT_NE(text.str().find(std::string("`").append(row.name).append("`")), std::string::npos)
            << row.name;
    }
}

}  // namespace
}  // namespace hrn::protocol
