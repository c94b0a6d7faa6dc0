// What a user sees when everything goes well: dropped files become results, whoever computes them.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

TEST(Drop, ADroppedImageBecomesAResultAndItsOriginalMovesToDone) {
    Service service;
    service.start();
    service.drop("portrait.jpg", "any bytes will do for a simulated worker");
    ASSERT_EQ(service.wait_all(), 0);

    const auto published = service.published();
    ASSERT_EQ(published.size(), 1u);
    const nlohmann::json& result = published.at("portrait.jpg");
    EXPECT_EQ(result.at("source"), "portrait.jpg");
    EXPECT_TRUE(result.at("simulated").get<bool>());
    EXPECT_EQ(result.at("attempts"), 1);
    EXPECT_EQ(read_whole(service.root() + "/spool/done/portrait.jpg"),
              "any bytes will do for a simulated worker");
    EXPECT_FALSE(files::exists(service.incoming() + "/portrait.jpg"));
    EXPECT_TRUE(service.leftovers().empty());

    const nlohmann::json shown = service.ctl_json({"show", result.at("id").get<std::string>()});
    EXPECT_EQ(shown.at("state"), "done");
    EXPECT_EQ(shown.at("path"), "portrait.jpg");
    EXPECT_EQ(shown.at("attempts"), 1);
    EXPECT_TRUE(shown.at("error").is_null());
    EXPECT_EQ(shown.at("result_dir"), service.results() + "/portrait.jpg");
}

TEST(Drop, FoldersBelowIncomingAreKeptInResultsAndDone) {
    Service service;
    service.start();
    service.drop("wedding/day 1/a.png", "a");
    service.drop("wedding/day 2/a.png", "b");
    ASSERT_EQ(service.wait_all(), 0);
    const auto published = service.published();
    EXPECT_EQ(published.count("wedding/day 1/a.png"), 1u);
    EXPECT_EQ(published.count("wedding/day 2/a.png"), 1u);
    EXPECT_TRUE(files::exists(service.root() + "/spool/done/wedding/day 1/a.png"));
    EXPECT_TRUE(files::exists(service.incoming() + "/wedding/day 1")) << "users' folders are never removed";
}

TEST(Drop, ASecondImageOfTheSameNameGetsANumberedResult) {
    Service service;
    service.start();
    service.drop("x.jpg", "first");
    ASSERT_EQ(service.wait_all(), 0);
    service.drop("x.jpg", "second");
    ASSERT_EQ(service.wait_all(), 0);
    const auto published = service.published();
    ASSERT_EQ(published.size(), 2u);
    EXPECT_EQ(published.count("x.jpg"), 1u);
    EXPECT_EQ(published.count("x.jpg~2"), 1u);
}

TEST(Drop, FilesThatLayThereBeforeTheStartAreFoundByTheScan) {
    Service service;
    for (int i = 0; i < 20; ++i) {
        service.drop("early/" + std::to_string(i) + ".webp", "bytes");
    }
    service.start();
    ASSERT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().size(), 20u);
}

TEST(Drop, NamesThatAreNotImagesStayAndAreCounted) {
    Service service;
    service.start();
    service.drop("notes.txt", "text");
    service.drop(".hidden.jpg", "x");
    service.drop("unfinished.jpg.part", "x");
    service.drop("photo.JPEG", "x");
    ASSERT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().size(), 1u);
    EXPECT_TRUE(files::exists(service.incoming() + "/notes.txt"));
    EXPECT_TRUE(files::exists(service.incoming() + "/.hidden.jpg"));
    EXPECT_TRUE(files::exists(service.incoming() + "/unfinished.jpg.part"));
    EXPECT_GE(service.status().at("ignored").get<int>(), 1);
}

TEST(Drop, TwoWorkersShareTheWork) {
    Service service({{"workers", "per_device = 2"}, {"simulated", "service_ms = 10.0"}});
    service.start();
    for (int i = 0; i < 60; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_EQ(service.wait_all(), 0);
    const nlohmann::json status = service.status();
    EXPECT_EQ(status.at("done"), 60);
    EXPECT_EQ(status.at("failed"), 0);
    ASSERT_EQ(status.at("workers").size(), 2u);
    for (const auto& worker : status.at("workers")) {
        EXPECT_GE(worker.at("completed").get<int>(), 15) << status.dump(1);
    }
}

TEST(Drop, EveryTaskHasItsOwnIdAndIdsSortByTheTimeOfTheClaim) {
    Service service;
    service.start();
    for (int i = 0; i < 5; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
        ASSERT_EQ(service.wait_all(), 0);
    }
    std::set<std::string> ids;
    std::string last;
    const auto published = service.published();
    for (int i = 0; i < 5; ++i) {
        const std::string id = published.at(std::to_string(i) + ".jpg").at("id");
        EXPECT_GT(id, last);
        last = id;
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), 5u);
}

}  // namespace
}  // namespace hrn::test
