// Numbers, times and words as people read them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"
#include "supervisor/ctl/progress_bar.hpp"

namespace hrn::ctl {
namespace {

TEST(CountText, GroupsThousands) {
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(1000), "1 000");
    EXPECT_EQ(count_text(1234567), "1 234 567");
    EXPECT_EQ(count_text(-1000), "-1 000");
    EXPECT_EQ(count_text(-100), "-100");
}

TEST(ShortNumber, KeepsThreeDigits) {
    EXPECT_EQ(short_number(0.0421), "0.042");
    EXPECT_EQ(short_number(0), "0.00");
    EXPECT_EQ(short_number(1.234), "1.23");
    EXPECT_EQ(short_number(12.34), "12.3");
    EXPECT_EQ(short_number(1234.5), "1234");
    EXPECT_EQ(short_number(std::nullopt), "-");
}

TEST(PercentText, IsAWholeNumber) {
    EXPECT_EQ(percent_text(0.834), "83 %");
    EXPECT_EQ(percent_text(std::nullopt), "-");
}

TEST(DurationText, HasTwoUnits) {
    EXPECT_EQ(duration_text(12.9), "12 s");
    EXPECT_EQ(duration_text(303), "5 min 3 s");
    EXPECT_EQ(duration_text(7980), "2 h 13 min");
    EXPECT_EQ(duration_text(273'600), "3 d 4 h");
    EXPECT_EQ(duration_text(-1), "-");
}

TEST(TimeText, IsShort) {
    EXPECT_EQ(time_text("2026-11-24T08:00:00.123Z"), "2026-11-24 08:00:00");
    EXPECT_EQ(time_text("-"), "-");
}

TEST(TextAt, MakesForeignBytesHarmlessAndMissingOnesADash) {
    const nlohmann::json object = {{"path", "a\x1B[2J\n"}, {"n", 5}, {"none", nullptr}};
    EXPECT_EQ(text_at(object, "path"), "a\\x1b[2J\\n");
    EXPECT_EQ(text_at(object, "n"), "5");
    EXPECT_EQ(text_at(object, "none"), "-");
    EXPECT_EQ(text_at(object, "missing"), "-");
    EXPECT_EQ(text_at(nlohmann::json(), "missing"), "-");
    EXPECT_TRUE(list_at(object, "n").empty());
    EXPECT_FALSE(number_at(object, "path"));
}

// "[###   ] text" with 40 cells.
std::string bar(std::size_t cells, const char* text) {
    return std::string(1, '[').append(cells, '#').append(40 - cells, ' ').append("] ").append(text);
}

TEST(ProgressLine, FillsWithTheShareThatIsFinished) {
    EXPECT_EQ(progress_line(0, 4, 0), bar(0, "0 of 4"));
    EXPECT_EQ(progress_line(2, 4, 1), bar(20, "2 of 4, 1 failed"));
    EXPECT_EQ(progress_line(4, 4, 0), bar(40, "4 of 4"));
    EXPECT_EQ(progress_line(0, 0, 0), bar(0, "0 of 0"));
    EXPECT_LT(progress_line(9, 4, 0).size(), 80U) << "more finished than there were";
}

TEST(ProgressBarOutput, IsNothingWithoutATerminal) {
    std::ostringstream out, err;
    const Console console{out, err, false, false};
    {
        ProgressBar shown(console);
        shown.show(1, 2, 0);
    }
    EXPECT_EQ(err.str(), "");
}

TEST(ProgressBarOutput, IsWipedAtTheEnd) {
    std::ostringstream out, err;
    const Console console{out, err, false, true};
    {
        ProgressBar shown(console);
        shown.show(1, 2, 0);
    }
    const std::string text = err.str();
    EXPECT_NE(text.find("1 of 2"), std::string::npos);
    EXPECT_EQ(text.back(), '\r');
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(out.str(), "") << "what was asked for is not mixed with it";
}

TEST(Wrapped, NoLineIsLongerThanEightyUnlessAWordIs) {
    std::ostringstream out, err;
    std::string text;
    for (int i = 0; i < 60; ++i) {
        text.append("word").append(std::to_string(i)).append(" ");
    }
    print_wrapped({out, err}, text, 4);
    std::istringstream lines(out.str());
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        EXPECT_LE(line.size(), 80U);
        EXPECT_TRUE(count == 0 || line.starts_with("    word"));
    }
    EXPECT_GT(count, 3U);
}

}  // namespace
}  // namespace hrn::ctl
