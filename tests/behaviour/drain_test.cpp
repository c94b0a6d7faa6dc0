// Stopping, pausing, draining: what is begun is finished, what waits stays.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

TEST(Drain, SigtermFinishesWhatIsRunningAndExitsWithZero) {
    Service service({{"simulated", "service_ms = 300.0"}, {"scheduling", "prefetch_batches = 1"}});
    service.start();
    for (int i = 0; i < 20; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running").get<int>() >= 1; }));
    EXPECT_EQ(service.stop(), 0);
    const std::size_t first = service.published().size();
    EXPECT_GE(first, 1u);
    EXPECT_LT(first, 20u) << "what only waited is not worked off at a stop";

    service.start();
    ASSERT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().size(), 20u);
}

TEST(Drain, ASecondSigtermStopsAtOnce) {
    Service service({{"simulated", "service_ms = 60000.0"}});
    service.start();
    service.drop("slow.jpg", "image");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running").get<int>() == 1; }));
    service.supervisor().signal(SIGTERM);
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("state") == "draining"; }));
    service.supervisor().signal(SIGTERM);
    service.supervisor().wait(std::chrono::seconds(10));
    EXPECT_TRUE(service.published().empty());
    EXPECT_TRUE(files::exists(service.root() + "/spool/claimed"));
}

TEST(Drain, APausedServiceTakesNothingUntilItIsResumedAndStaysPausedOverARestart) {
    Service service;
    service.start();
    ASSERT_EQ(service.ctl({"pause"}).status, 0);  // it may still be starting: the command holds all the same
    EXPECT_TRUE(Service::eventually([&] { return service.status().at("state") == "paused"; }));
    service.drop("x.jpg", "image");
    ::usleep(400'000);
    EXPECT_TRUE(service.published().empty());

    EXPECT_EQ(service.stop(), 0);
    service.start();
    ::usleep(400'000);
    EXPECT_TRUE(Service::eventually([&] { return service.status().at("state") == "paused"; }));
    EXPECT_TRUE(service.published().empty());

    ASSERT_EQ(service.ctl({"resume"}).status, 0);
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().size(), 1u);
}

TEST(Drain, TheDrainCommandFinishesWhatIsClaimedAndTakesNothingMore) {
    Service service({{"simulated", "service_ms = 3000.0"}});  // long enough for a slow machine to see it run
    service.start();
    service.drop("x.jpg", "image");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running").get<int>() >= 1; }));
    ASSERT_EQ(service.ctl({"drain"}).status, 0);
    service.drop("late.jpg", "image");
    ASSERT_TRUE(Service::eventually([&] { return service.published().size() == 1; }));
    ::usleep(300'000);
    EXPECT_TRUE(files::exists(service.incoming() + "/late.jpg"));
    ASSERT_EQ(service.ctl({"resume"}).status, 0);
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().size(), 2u);
}

TEST(Drain, RestartWorkerReplacesItAndCountsNoFailure) {
    Service service;
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.worker_pids().size() == 1; }));
    const pid_t before = service.status().at("workers").at(0).at("pid").get<pid_t>();
    ASSERT_EQ(service.ctl({"restart-worker", "0"}).status, 0);
    ASSERT_TRUE(Service::eventually([&] {
        const nlohmann::json worker = service.status().at("workers").at(0);
        return worker.at("pid").is_number() && worker.at("pid").get<pid_t>() != before &&
               (worker.at("state") == "ready" || worker.at("state") == "busy");
    })) << service.status().dump(1);
    service.drop("x.jpg", "image");
    EXPECT_EQ(service.wait_all(), 0);
}

}  // namespace
}  // namespace hrn::test
