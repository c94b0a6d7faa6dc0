// A stop ends in time whatever the workers do, and what they held is computed after the next start.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/chaos/ledger.hpp"

namespace hrn::test {
namespace {

// A guard against hanging; the deadlines in force add up to a few seconds.
constexpr auto kGuard = std::chrono::seconds(60);

Service::Settings short_limits() {
    return Service::Settings({{"workers", "per_device = 2"},
                              {"workers", "batch_size = 1"},
                              {"limits", "stage_timeout_s = 0.8"},
                              {"limits", "task_timeout_s = 1.0"},
                              {"limits", "kill_timeout_s = 0.3"}});
}

bool gone(pid_t pid) {
    const std::string stat = read_whole("/proc/" + std::to_string(pid) + "/stat");
    return stat.empty() || stat.find(") Z") != std::string::npos;
}

TEST(Stop, EndsAlthoughAWorkerHangsAndForgetsNothing) {
    Service service(short_limits());
    Ledger ledger;
    service.start();
    ASSERT_TRUE(ledger.drop(service, "hang.jpg", {Fate::quarantined, "hrn-sim: hang\n", "timeout", 3}));
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running") == 1; }));
    const std::vector<pid_t> workers = service.worker_pids();
    service.supervisor().signal(SIGTERM);
    EXPECT_EQ(service.supervisor().wait(kGuard), 0);
    for (const pid_t worker : workers) {
        EXPECT_TRUE(gone(worker)) << worker;
    }
    ASSERT_TRUE(ledger.drop(service, "good.jpg", {}));
    service.start();
    ASSERT_EQ(service.wait_all(60), 1);
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;
    }
}

// It takes no notice of any order, nor of SIGTERM.
TEST(Stop, EndsAlthoughAWorkerIsFrozen) {
    Service service(short_limits());
    service.start();
    ASSERT_TRUE(Service::eventually([&] {
        const nlohmann::json status = service.status();
        return status.at("workers").at(0).at("state") == "ready" &&
               status.at("workers").at(1).at("state") == "ready";
    }));
    const std::vector<pid_t> workers = service.worker_pids();
    ASSERT_EQ(::kill(workers.at(0), SIGSTOP), 0);
    service.supervisor().signal(SIGTERM);
    EXPECT_EQ(service.supervisor().wait(kGuard), 0);
    for (const pid_t worker : workers) {
        EXPECT_TRUE(gone(worker)) << worker;
    }
}

TEST(Stop, EndsAlthoughAWorkerHangsWhileItLoads) {
    Service service({{"simulated", "load_ms = 3600000.0"}, {"limits", "kill_timeout_s = 0.3"}});
    service.start();
    service.drop("waits.jpg", "image");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("queued") == 1; }));
    service.supervisor().signal(SIGTERM);
    EXPECT_EQ(service.supervisor().wait(kGuard), 0);
}

}  // namespace
}  // namespace hrn::test
