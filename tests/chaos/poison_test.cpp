// Poison among good images, and devices whose workers die again and again (design.md 7).
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <sstream>
#include <thread>

#include "tests/chaos/ledger.hpp"

namespace hrn::test {
namespace {

int deaths(const nlohmann::json& status) {
    int sum = 0;
    for (const auto& worker : status.at("workers")) {
        sum += worker.at("restarts").get<int>();
    }
    return sum;
}

TEST(Poison, TenImagesInAHundredKillThirtyWorkersAtMostAndTakeNoDeviceDown) {
    Service service({{"workers", "per_device = 3"},
                     {"workers", "batch_size = 4"},
                     {"simulated", "service_ms = 2.0"},
                     {"restart", "max_failures = 5"},
                     {"restart", "failure_window_s = 600.0"},
                     {"restart", "probe_interval_s = 3600.0"}});
    Ledger ledger;
    service.start();
    for (int i = 0; i < 110; ++i) {
        const Order poison{Fate::quarantined, "hrn-sim: crash\n", "worker_crashed", 3};
        ASSERT_TRUE(ledger.drop(service, std::to_string(i) + ".jpg", i % 11 == 5 ? poison : Order{}));
    }
    ASSERT_EQ(service.wait_all(120), 1) << service.status().dump(1);
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;  // a hundred done at the first attempt, ten quarantined at the third
    }
    const nlohmann::json status = service.status();
    EXPECT_LE(deaths(status), 30);
    for (const auto& worker : status.at("workers")) {
        EXPECT_NE(worker.at("state"), "down") << "poison is not the device's fault";
    }
}

// Processor time of a process and of all its children that have been waited for, in seconds.
double processor_seconds(pid_t pid) {
    const std::string stat = read_whole("/proc/" + std::to_string(pid) + "/stat");
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) {
        fields >> skipped;
    }
    long user = 0, kernel = 0;
    fields >> user >> kernel;
    return static_cast<double>(user + kernel) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

TEST(CrashLoop, BacksOffGivesTheDeviceUpAndStarvesNoHealthyOne) {
    // Worker 0 dies of every task, whatever it is; worker 1 is well.
    Service service({{"workers", "per_device = 2"},
                     {"simulated", "service_ms = 5.0"},
                     {"restart", "initial_backoff_ms = 50"},
                     {"restart", "max_backoff_ms = 400"},
                     {"restart", "max_failures = 4"},
                     {"restart", "failure_window_s = 600.0"},
                     {"restart", "probe_interval_s = 3600.0"}});
    Ledger ledger;
    service.start();
    const pid_t supervisor = service.supervisor().pid();
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(ledger.drop(service, std::to_string(i) + ".jpg", {}));
    }
    ASSERT_TRUE(Service::eventually([&] {
        const nlohmann::json worker = service.status().at("workers").at(0);
        const pid_t pid = worker.at("pid").is_number() ? worker.at("pid").get<pid_t>() : 0;
        if (pid > 0) {
            ::kill(pid, SIGKILL);
        }
        return worker.at("state") == "down";
    })) << service.status().dump(1);
    ASSERT_EQ(service.wait_all(60), 0);
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;
    }
    EXPECT_GE(service.status().at("workers").at(1).at("completed"), 100);
    // A device that is down costs nothing.
    const double before = processor_seconds(supervisor);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    EXPECT_LT(processor_seconds(supervisor) - before, 0.2);
}

TEST(CrashLoop, AProbeBringsADeviceBackThatWorksAgain) {
    Service service({{"restart", "max_failures = 2"},
                     {"restart", "failure_window_s = 600.0"},
                     {"restart", "probe_interval_s = 1.0"}});
    service.start();
    const auto worker = [&] { return service.status().at("workers").at(0); };
    // The socket answers before there are workers.
    ASSERT_TRUE(Service::eventually([&] { return !service.status().at("workers").empty(); }));
    ASSERT_TRUE(Service::eventually([&] {
        const nlohmann::json now = worker();
        if (now.at("pid").is_number() && now.at("pid").get<pid_t>() > 0) {
            ::kill(now.at("pid").get<pid_t>(), SIGKILL);
        }
        return now.at("state") == "down";
    })) << service.status().dump(1);
    service.drop("x.jpg", "image");
    EXPECT_EQ(service.wait_all(30), 0);
    EXPECT_TRUE(Service::eventually([&] { return worker().at("state") == "ready"; })) << worker().dump();
}

}  // namespace
}  // namespace hrn::test
