// Every error that can be made here ends as a named record, and retry gives the image another chance.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

struct Case {
    const char* name;
    const char* bytes;
    const char* code;
    const char* error_class;
    int attempts;
};

class Errors : public ::testing::TestWithParam<Case> {};

// The simulated worker fails as told by the first line of the image (worker/runtime/sim).
TEST_P(Errors, EndAsANamedRecordInShowInTheFailedFolderAndInTheLog) {
    const Case& expected = GetParam();
    Service service({{"limits", "max_attempts = 2"}, {"limits", "stage_timeout_s = 0.5"}});
    service.start();
    service.drop("bad.jpg", expected.bytes);
    service.drop("good.jpg", "image");
    EXPECT_LE(service.wait_all(), 1);  // 0 if it had failed before the wait began

    const nlohmann::json record =
        nlohmann::json::parse(read_whole(service.root() + "/spool/failed/bad.jpg.error.json"));
    EXPECT_EQ(record.at("code"), expected.code) << record.dump();
    EXPECT_EQ(record.at("class"), expected.error_class) << record.dump();
    EXPECT_EQ(record.at("attempts"), expected.attempts) << record.dump();
    EXPECT_FALSE(record.at("message").get<std::string>().empty());
    EXPECT_TRUE(record.contains("signal"));
    EXPECT_TRUE(record.contains("stage"));

    const nlohmann::json failed = service.ctl_json({"tasks", "--state", "failed"});
    const nlohmann::json quarantined = service.ctl_json({"tasks", "--state", "quarantined"});
    ASSERT_EQ(failed.size() + quarantined.size(), 1u);
    const nlohmann::json task = failed.empty() ? quarantined.at(0) : failed.at(0);
    EXPECT_EQ(task.at("error").at("code"), expected.code);
    EXPECT_EQ(task.at("path"), "bad.jpg");
    EXPECT_EQ(read_whole(service.root() + "/spool/failed/bad.jpg"), expected.bytes);
    EXPECT_NE(service.log().find(expected.code), std::string::npos);
    EXPECT_EQ(service.published().size(), 1u) << "the neighbour is untouched";
    EXPECT_TRUE(service.leftovers().empty());
}

INSTANTIATE_TEST_SUITE_P(Made, Errors,
                         ::testing::Values(Case{"no_face", "hrn-sim: no_face\n", "no_face", "permanent", 1},
                                           Case{"unreadable", "hrn-sim: fail unreadable_image\n",
                                                "unreadable_image", "permanent", 1},
                                           Case{"out_of_memory", "hrn-sim: oom\n", "out_of_memory", "retry",
                                                2},
                                           Case{"exit", "hrn-sim: exit 70\n", "device_error", "device", 2},
                                           Case{"crash", "hrn-sim: crash\n", "worker_crashed", "device", 2},
                                           Case{"hang", "hrn-sim: hang\n", "timeout", "retry", 2}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Retry, AFailedTaskIsQueuedAgainWithItsHistoryAndNoAttempts) {
    Service service;
    service.start();
    service.drop("bad.jpg", "hrn-sim: no_face\n");
    EXPECT_LE(service.wait_all(), 1);  // 0 if it had failed before the wait began
    const std::string id = service.ctl_json({"tasks", "--state", "failed"}).at(0).at("id");
    ASSERT_TRUE(service.ctl_json({"show", id}).at("history").empty());
    ASSERT_EQ(service.ctl({"retry", id}).status, 0);
    // It fails again: the image has not changed. What matters is that it was tried again, under the same id,
    // and that the first error is kept as history.
    ASSERT_TRUE(Service::eventually([&] {
        const nlohmann::json task = service.ctl_json({"show", id});
        return task.at("state") == "failed" && task.at("history").size() == 1;
    })) << service.ctl_json({"show", id}).dump(1);
    EXPECT_EQ(service.ctl_json({"show", id}).at("attempts"), 1);
    EXPECT_EQ(service.status().at("failed"), 1);
    EXPECT_TRUE(files::exists(service.root() + "/spool/failed/bad.jpg.error.json"));
}

TEST(Retry, AUniquePrefixOfTheIdIsEnoughAndAnUnknownOneIsRefused) {
    Service service;
    service.start();
    service.drop("bad.jpg", "hrn-sim: no_face\n");
    EXPECT_LE(service.wait_all(), 1);  // 0 if it had failed before the wait began
    const std::string id = service.ctl_json({"tasks", "--state", "failed"}).at(0).at("id");
    EXPECT_EQ(service.ctl({"show", id.substr(0, 10)}).status, 0);
    EXPECT_EQ(service.ctl({"show", "ffffffff"}).status, 1);
    EXPECT_EQ(service.ctl({"retry", "--failed"}).status, 0);
}

}  // namespace
}  // namespace hrn::test
