// hrn-ctl as scripts rely on it: exit statuses, JSON keys, submit and wait.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

TEST(Ctl, WithoutASupervisorItSaysSoAndExitsWithThree) {
    Service service;
    EXPECT_EQ(service.ctl({"status"}).status, 3);
    EXPECT_EQ(service.ctl({"tasks"}).status, 3);
}

TEST(Ctl, AnUnknownCommandOrOptionIsAUsageError) {
    Service service;
    EXPECT_EQ(service.ctl({"frobnicate"}).status, 2);
    EXPECT_EQ(service.ctl({"status", "--frobnicate"}).status, 2);
}

TEST(Ctl, StatusHasTheKeysThatScriptsRelyOn) {
    Service service({{"workers", "per_device = 2"}});
    service.start();
    // The socket answers before the store is read, and workers are made after it.
    EXPECT_TRUE(Service::eventually([&] { return service.status().at("workers").size() == 2; }));
    const nlohmann::json status = service.status();
    for (const char* key : {"state", "intake", "problems", "waiting", "queued", "running", "done", "failed",
                            "quarantined", "ignored", "workers", "uptime_seconds"}) {
        EXPECT_TRUE(status.contains(key)) << key;
    }
    ASSERT_EQ(status.at("workers").size(), 2u);
    for (const char* key : {"index", "device", "pid", "state", "restarts", "task_ids", "completed", "failed",
                            "busy_seconds", "mean_seconds", "utilization"}) {
        EXPECT_TRUE(status.at("workers").at(0).contains(key)) << key;
    }
}

TEST(Ctl, TextOutputFitsEightyColumns) {
    Service service({{"workers", "per_device = 2"}});
    service.start();
    service.drop("a-rather-long-name-of-a-portrait-that-somebody-took-on-a-sunny-afternoon-in-the-park.jpg",
                 "image");
    ASSERT_EQ(service.wait_all(), 0);
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"status"}, {"workers"}, {"gpus"}, {"tasks"}, {"stats"}}) {
        const Finished finished = service.ctl(command);
        EXPECT_EQ(finished.status, 0) << command.front() << ": " << finished.err;
        std::istringstream lines(finished.out);
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(line.size(), 80u) << command.front() << ": " << line;
            EXPECT_EQ(line.find('\x1b'), std::string::npos) << "no colour into a pipe";
        }
    }
}

TEST(Ctl, SubmitCopiesAFileIntoTheSpoolAndReportsItsId) {
    Service service;
    service.start();
    std::ofstream(service.root() + "/beside/me.png") << "image";
    const nlohmann::json submitted = service.ctl_json({"submit", service.root() + "/beside/me.png"});
    ASSERT_EQ(submitted.size(), 1u);
    EXPECT_EQ(submitted.at(0).at("path"), "me.png");
    const std::string id = submitted.at(0).at("id");
    EXPECT_EQ(id.size(), 36u);
    EXPECT_EQ(service.ctl({"wait", id, "--timeout", "20"}).status, 0);
    EXPECT_EQ(service.published().at("me.png").at("id"), id);
    EXPECT_TRUE(files::exists(service.root() + "/beside/me.png")) << "copied, not moved";
}

TEST(Ctl, SubmitOfAFolderKeepsItsName) {
    Service service;
    service.start();
    files::create_directories(service.root() + "/beside/album/inner");
    std::ofstream(service.root() + "/beside/album/1.jpg") << "image";
    std::ofstream(service.root() + "/beside/album/inner/2.jpg") << "image";
    const Finished finished =
        service.ctl({"submit", "--recursive", "--wait", service.root() + "/beside/album"});
    EXPECT_EQ(finished.status, 0) << finished.out << finished.err;
    const auto published = service.published();
    EXPECT_EQ(published.count("album/1.jpg"), 1u);
    EXPECT_EQ(published.count("album/inner/2.jpg"), 1u);
}

TEST(Ctl, SubmitWorksWithoutARunningService) {
    Service service;
    service.start();  // makes the spool's folders
    EXPECT_EQ(service.stop(), 0);
    std::ofstream(service.root() + "/beside/late.jpg") << "image";
    EXPECT_EQ(service.ctl({"submit", service.root() + "/beside/late.jpg"}).status, 0);
    EXPECT_TRUE(files::exists(service.incoming() + "/late.jpg"));
    service.start();
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().size(), 1u);
}

TEST(Ctl, WaitEndsWithFourWhenTheTimeIsOver) {
    Service service({{"simulated", "service_ms = 60000.0"}});
    service.start();
    service.drop("slow.jpg", "image");
    EXPECT_EQ(service.ctl({"wait", "--timeout", "1"}).status, 4);
}

TEST(Ctl, StatusCheckTellsAHealthyServiceFromABrokenOne) {
    Service service;
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.ctl({"status", "--check"}).status == 0; }));
    Service broken({{"workers", "program = \"/nonexistent/hrn-worker\""}});
    broken.start();
    EXPECT_TRUE(Service::eventually([&] { return broken.status().at("state") == "degraded"; }));
    EXPECT_EQ(broken.ctl({"status", "--check"}).status, 1);
    EXPECT_FALSE(broken.status().at("problems").empty());
}

TEST(Ctl, StatsCountWhatEachDeviceDid) {
    Service service({{"workers", "per_device = 2"}, {"simulated", "service_ms = 5.0"}});
    service.start();
    for (int i = 0; i < 30; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.ctl({"stats"}).status, 0);
    const nlohmann::json stats = service.ctl_json({"stats"});
    EXPECT_NE(stats.dump().find("30"), std::string::npos) << stats.dump(1);
}

TEST(Supervisor, CheckPrintsWhatIsInForceAndRefusesAWrongFile) {
    Service service;
    const Finished good =
        run_program(bin("hrn-supervisor"), {"--config", service.root() + "/hrn.toml", "--check"});
    EXPECT_EQ(good.status, 0) << good.err;
    EXPECT_NE(good.out.find("settle_ms"), std::string::npos);
    std::ofstream(service.root() + "/wrong.toml") << "[spool]\nsettle_millis = 5\n";
    const Finished wrong =
        run_program(bin("hrn-supervisor"), {"--config", service.root() + "/wrong.toml", "--check"});
    EXPECT_EQ(wrong.status, 2);
    EXPECT_NE(wrong.err.find("settle_millis"), std::string::npos) << wrong.err;
    EXPECT_NE(wrong.err.find("2"), std::string::npos) << "names the line";
}

TEST(Supervisor, StaysSmall) {
    Service service;
    service.start();
    for (int i = 0; i < 200; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_EQ(service.wait_all(), 0);
    const long kilobytes = status_kilobytes(service.supervisor().pid(), "VmRSS:");
    EXPECT_GT(kilobytes, 0);
    EXPECT_LT(kilobytes, with_shadow(30 * 1024));
}

}  // namespace
}  // namespace hrn::test
