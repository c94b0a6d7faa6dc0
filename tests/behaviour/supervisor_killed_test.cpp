// The supervisor ends by SIGKILL: the next start finishes what was begun, exactly once. (Kills at every
// durable call are made by tests/chaos.)
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <set>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

// Every image of `names` ended exactly once and nothing is left over.
void expect_all_done_once(const Service& service, const std::set<std::string>& names,
                          const std::string& when) {
    const auto published = service.published();
    EXPECT_EQ(published.size(), names.size()) << when;
    std::set<std::string> ids;
    for (const std::string& name : names) {
        ASSERT_EQ(published.count(name), 1u) << when << ": no result for " << name;
        EXPECT_TRUE(ids.insert(published.at(name).at("id").get<std::string>()).second) << when;
        EXPECT_TRUE(files::exists(service.root() + "/spool/done/" + name)) << when;
        EXPECT_FALSE(files::exists(service.incoming() + "/" + name)) << when;
    }
    EXPECT_TRUE(service.leftovers().empty()) << when << ": " << service.leftovers().front();
    const nlohmann::json status = service.status();
    EXPECT_EQ(status.at("done"), names.size()) << when;
    EXPECT_EQ(status.at("failed"), 0) << when;
    EXPECT_EQ(status.at("queued"), 0) << when;
    EXPECT_EQ(status.at("running"), 0) << when;
}

TEST(SupervisorKilled, WorkersDieWithIt) {
    Service service({{"workers", "per_device = 3"}});
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.worker_pids().size() == 3; }));
    service.kill_supervisor();  // expects that the workers go
}

TEST(SupervisorKilled, InTheMiddleOfABatchNothingIsLostAndNothingIsDoneTwice) {
    Service service({{"workers", "per_device = 2"}, {"simulated", "service_ms = 10.0"}});
    std::set<std::string> names;
    service.start();
    for (int i = 0; i < 120; ++i) {
        const std::string name = std::to_string(i) + ".jpg";
        service.drop(name, "image");
        names.insert(name);
    }
    for (int round = 0; round < 4; ++round) {
        const int target = 20 * (round + 1);
        ASSERT_TRUE(Service::eventually([&] { return service.status().at("done").get<int>() >= target; }));
        service.kill_supervisor();
        service.start();
    }
    ASSERT_EQ(service.wait_all(), 0);
    expect_all_done_once(service, names, "after four kills");
}

TEST(SupervisorKilled, ADeletedStateFolderCostsNoTask) {
    Service service({{"simulated", "service_ms = 30.0"}});
    service.start();
    std::set<std::string> names;
    for (int i = 0; i < 30; ++i) {
        names.insert(std::to_string(i) + ".jpg");
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("done").get<int>() >= 5; }));
    service.kill_supervisor();
    files::remove_all(service.root() + "/state");
    files::create_directories(service.root() + "/state");
    service.start();
    ASSERT_EQ(service.wait_all(), 0);
    // Rows of finished tasks are rebuilt in the background.
    EXPECT_TRUE(Service::eventually([&] { return service.status().at("done") == names.size(); }));
    expect_all_done_once(service, names, "after the state folder was deleted");
}

TEST(SupervisorKilled, ASecondSupervisorGivesUpAndNamesTheHolder) {
    Service service;
    service.start();
    const Finished second = run_program(bin("hrn-supervisor"), {"--config", service.root() + "/hrn.toml"});
    EXPECT_EQ(second.status, 1);
    EXPECT_NE(second.err.find(std::to_string(service.supervisor().pid())), std::string::npos) << second.err;
    EXPECT_EQ(service.ctl({"status"}).status, 0) << "the first one is untouched";
    service.drop("x.jpg", "image");
    EXPECT_EQ(service.wait_all(), 0);
}

TEST(SupervisorKilled, UnclaimPutsClaimedImagesBack) {
    Service service({{"simulated", "service_ms = 60000.0"}});
    service.start();
    service.drop("folder/x.jpg", "image");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running").get<int>() == 1; }));
    service.kill_supervisor();
    const Finished unclaim =
        run_program(bin("hrn-supervisor"), {"--config", service.root() + "/hrn.toml", "--unclaim"});
    EXPECT_EQ(unclaim.status, 0) << unclaim.err;
    EXPECT_EQ(read_whole(service.incoming() + "/folder/x.jpg"), "image");
    EXPECT_TRUE(service.leftovers().empty());
}

}  // namespace
}  // namespace hrn::test
