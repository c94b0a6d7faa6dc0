#include "shared/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "shared/log_text.hpp"

namespace hrn::log {
namespace {

TEST(Printable, MakesControlsQuotesAndInvalidBytesHarmless) {
    EXPECT_EQ(printable("plain \xC3\xA4.jpg"), "plain \xC3\xA4.jpg");
    EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\r");
    EXPECT_EQ(printable("\x1B[2J"), "\\x1b[2J");
    EXPECT_EQ(printable("say \"x\" \\"), "say \\\"x\\\" \\\\");
    EXPECT_EQ(printable("\xFF\x7F"), "\\xff\\x7f");
    EXPECT_EQ(printable("\xC2\x9B"
                        "2J"),
              "\\xc2\\x9b2J")
        << "C1 control";
    EXPECT_EQ(printable("\xE2\x80\xAE"
                        "gpj"),
              "\\xe2\\x80\\xaegpj")
        << "right-to-left override";
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(LogText, IsOneLineWithFields) {
    EXPECT_EQ(
        text_line("T", "hrn-supervisor", Level::warning, "worker died",
                  {{"worker", "1"}, {"path", "a b\n.jpg"}, {"empty", ""}, {"quoted", "\"x\""}}),
        "T warning hrn-supervisor: worker died worker=1 path=\"a b\\n.jpg\" empty=\"\" quoted=\"\\\"x\\\"\"");
}

TEST(LogText, AMessageKeepsItsQuotesButNoLineBreak) {
    EXPECT_EQ(text_line("T", "p", Level::info, "cannot open \"x\"\nforged line", {}),
              "T info p: cannot open \"x\"\\nforged line");
}

TEST(LogJson, IsOneObjectALine) {
    const std::string line = json_line("T", "p", Level::error, "m\n", {{"path", "x\xFF"}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["level"], "error");
    EXPECT_EQ(json["message"], "m\n");
    EXPECT_EQ(json["path"], "x\xEF\xBF\xBD");
}

TEST(LogPrefixed, BeginsWithThePriority) {
    EXPECT_EQ(prefixed_line(Level::error, "m", {{"k", "v"}}), "<3>m k=v");
    EXPECT_EQ(prefixed_line(Level::debug, "m", {}), "<7>m");
}

TEST(LogJournal, CarriesFieldsAndLineBreaksInBinaryForm) {
    const std::string datagram =
        journal_datagram("p", Level::info, "m", {{"task-id", "7"}, {"text", "a\nb"}});
    EXPECT_NE(datagram.find("PRIORITY=6\n"), std::string::npos);
    EXPECT_NE(datagram.find("SYSLOG_IDENTIFIER=p\n"), std::string::npos);
    EXPECT_NE(datagram.find("HRN_TASK_ID=7\n"), std::string::npos);
    const std::string binary = std::string("HRN_TEXT\n\x03\0\0\0\0\0\0\0", 17) + "a\nb\n";
    EXPECT_NE(datagram.find(binary), std::string::npos);
}

TEST(Log, WritesToStderrFromItsLevelUp) {
    testing::internal::CaptureStderr();
    start("hrn-test", Level::warning, Format::text);
    info("not shown");
    warning("shown", {{"a", "1"}});
    set_level(Level::debug);
    debug("shown too");
    const std::string output = testing::internal::GetCapturedStderr();
    EXPECT_EQ(output.find("not shown"), std::string::npos);
    EXPECT_NE(output.find(" warning hrn-test: shown a=1\n"), std::string::npos);
    EXPECT_NE(output.find(" debug hrn-test: shown too\n"), std::string::npos);
}

TEST(Log, FormatJournalWithoutAJournalGivesPrefixedLines) {
    testing::internal::CaptureStderr();
    start("hrn-test", Level::info, Format::journal);
    warning("m");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "<4>m\n");
    start("hrn-test", Level::info, Format::text);
}

TEST(Log, LevelsAndFormatsHaveNames) {
    Level level = Level::info;
    EXPECT_TRUE(parse_level("error", level));
    EXPECT_EQ(level, Level::error);
    EXPECT_FALSE(parse_level("loud", level));
    Format format = Format::text;
    EXPECT_TRUE(parse_format("journal", format));
    EXPECT_EQ(format, Format::journal);
    EXPECT_FALSE(parse_format("xml", format));
}

}  // namespace
}  // namespace hrn::log
