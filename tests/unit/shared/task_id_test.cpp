#include "shared/task_id.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <unordered_set>
#include <vector>

#include "shared/text.hpp"

namespace hrn {
namespace {

TEST(TaskId, IsAVersion7UuidOfNow) {
    const auto before = static_cast<std::uint64_t>(unix_milliseconds_now());
    const TaskId id = TaskId::generate();
    const std::string text = id.text();
    EXPECT_EQ(text.size(), 36U);
    EXPECT_EQ(text[14], '7');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
    std::uint64_t milliseconds = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        milliseconds = milliseconds << 8 | id.bytes[i];
    }
    EXPECT_GE(milliseconds + 1,
              before);  // an earlier test may have borrowed nothing; the clock may step by one
}

TEST(TaskId, GrowsStrictlyAlsoWithinAMillisecond) {
    TaskId last = TaskId::generate();
    for (int i = 0; i < 20'000; ++i) {
        const TaskId next = TaskId::generate();
        ASSERT_LT(last, next);
        ASSERT_LT(last.text(), next.text()) << "the text sorts like the bytes";
        ASSERT_TRUE(TaskId::parse(next.text()));
        last = next;
    }
}

TEST(TaskId, IsNeverGivenTwiceToTwoThreads) {
    std::vector<TaskId> first(5000), second(5000);
    std::thread other([&] {
        for (TaskId& id : second) {
            id = TaskId::generate();
        }
    });
    for (TaskId& id : first) {
        id = TaskId::generate();
    }
    other.join();
    std::unordered_set<TaskId, TaskIdHash> all(first.begin(), first.end());
    all.insert(second.begin(), second.end());
    EXPECT_EQ(all.size(), 10'000U);
}

TEST(TaskId, ParsesItsOwnText) {
    const TaskId id = TaskId::generate();
    EXPECT_EQ(TaskId::parse(id.text()), id);
}

TEST(TaskId, RefusesEveryOtherSpelling) {
    const std::string right = "019234ab-cdef-7abc-89ab-0123456789ab";
    ASSERT_TRUE(TaskId::parse(right));
    for (const char* wrong :
         {"", "019234ab", "019234AB-cdef-7abc-89ab-0123456789ab", "019234ab-cdef-4abc-89ab-0123456789ab",
          "019234ab-cdef-7abc-c9ab-0123456789ab", "019234abxcdef-7abc-89ab-0123456789ab",
          "019234ab-cdef-7abc-89ab-0123456789ag", "019234ab-cdef-7abc-89ab-0123456789ab0",
          "{19234ab-cdef-7abc-89ab-0123456789a}"}) {
        EXPECT_FALSE(TaskId::parse(wrong)) << wrong;
    }
}

TEST(TaskId, IsEmptyUnlessMade) {
    EXPECT_TRUE(TaskId().empty());
    EXPECT_FALSE(TaskId::generate().empty());
}

}  // namespace
}  // namespace hrn
