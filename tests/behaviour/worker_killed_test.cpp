// A worker that dies, by whatever hand, costs its neighbours nothing and loses no task.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <random>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

TEST(WorkerKilled, ItIsRestartedAndNoTaskIsLost) {
    Service service({{"workers", "per_device = 2"}, {"simulated", "service_ms = 20.0"}});
    service.start();
    for (int i = 0; i < 80; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("done").get<int>() >= 5; }));
    const nlohmann::json before = service.status();
    ASSERT_EQ(::kill(before.at("workers").at(0).at("pid").get<pid_t>(), SIGKILL), 0);
    ASSERT_EQ(service.wait_all(), 0);

    const nlohmann::json after = service.status();
    EXPECT_EQ(after.at("done"), 80);
    EXPECT_EQ(after.at("failed"), 0);
    EXPECT_EQ(after.at("workers").at(0).at("restarts"), 1);
    EXPECT_EQ(service.published().size(), 80u);
    EXPECT_TRUE(service.leftovers().empty());
}

TEST(WorkerKilled, ATaskThatOnlyWaitedIsNotCharged) {
    Service service({{"workers", "per_device = 1"}, {"simulated", "service_ms = 100.0"}});
    service.start();
    for (int i = 0; i < 8; ++i) {
        service.drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("done").get<int>() >= 1; }));
    ASSERT_EQ(::kill(service.status().at("workers").at(0).at("pid").get<pid_t>(), SIGKILL), 0);
    ASSERT_EQ(service.wait_all(), 0);
    for (const auto& [name, result] : service.published()) {
        EXPECT_EQ(result.at("attempts"), 1) << name << ": a worker killed from outside charges no task";
    }
}

TEST(WorkerKilled, APoisonImageKillsAtMostThreeWorkersAndItsNeighboursFinishAtTheirFirstAttempt) {
    Service service({{"workers", "per_device = 2"}, {"simulated", "service_ms = 2.0"}});
    service.start();
    for (int i = 0; i < 40; ++i) {
        service.drop("good-" + std::to_string(i) + ".jpg", "image");
    }
    service.drop("poison.jpg", "hrn-sim: crash\n");
    for (int i = 40; i < 80; ++i) {
        service.drop("good-" + std::to_string(i) + ".jpg", "image");
    }
    EXPECT_EQ(service.wait_all(), 1) << "a waited-for task failed";

    const nlohmann::json status = service.status();
    EXPECT_EQ(status.at("done"), 80);
    EXPECT_EQ(status.at("quarantined"), 1);
    int restarts = 0;
    for (const auto& worker : status.at("workers")) {
        restarts += worker.at("restarts").get<int>();
    }
    EXPECT_LE(restarts, 3);
    EXPECT_GE(restarts, 1);
    for (const auto& [name, result] : service.published()) {
        EXPECT_EQ(result.at("attempts"), 1) << name;
    }

    const std::string record = read_whole(service.root() + "/spool/failed/poison.jpg.error.json");
    ASSERT_FALSE(record.empty());
    const nlohmann::json error = nlohmann::json::parse(record);
    EXPECT_EQ(error.at("attempts"), 3);
    EXPECT_EQ(error.at("signal"), SIGSEGV);
    EXPECT_FALSE(error.at("message").get<std::string>().empty());
    EXPECT_TRUE(files::exists(service.root() + "/spool/failed/poison.jpg"));
    EXPECT_TRUE(service.leftovers().empty());
}

TEST(WorkerKilled, AHungStageEndsTheWorkerAndTheTaskIsChargedForIt) {
    Service service({{"limits", "stage_timeout_s = 0.3"},
                     {"limits", "kill_timeout_s = 0.2"},
                     {"limits", "max_attempts = 2"},
                     {"simulated", "service_ms = 1.0"}});
    service.start();
    service.drop("stuck.jpg", "hrn-sim: hang\n");
    service.drop("fine.jpg", "image");
    EXPECT_EQ(service.wait_all(), 1);
    EXPECT_EQ(service.published().count("fine.jpg"), 1u);
    const nlohmann::json error =
        nlohmann::json::parse(read_whole(service.root() + "/spool/failed/stuck.jpg.error.json"));
    EXPECT_EQ(error.at("attempts"), 2);
    EXPECT_NE(error.at("message").get<std::string>(), "");
}

TEST(WorkerKilled, TwoThousandFilesUnderRandomKillsEndAsExactlyAsManyResults) {
    constexpr int kFiles = 2000;
    Service service({{"workers", "per_device = 4"},
                     {"simulated", "service_ms = 4.0"},
                     {"simulated", "distribution = \"exponential\""}});
    service.start();
    for (int i = 0; i < kFiles; ++i) {
        service.drop("f" + std::to_string(i % 7) + "/" + std::to_string(i) + ".jpg", "image");
    }
    std::mt19937 random(20230302);
    int kills = 0;
    while (service.status().at("done").get<int>() < kFiles * 9 / 10 && kills < 60) {
        const std::vector<pid_t> workers = service.worker_pids();
        if (!workers.empty()) {
            ::kill(workers[random() % workers.size()], SIGKILL);
            ++kills;
        }
        ::usleep(50'000 + random() % 50'000);
    }
    ASSERT_EQ(service.wait_all(120), 0) << service.status().dump(1);
    EXPECT_GE(kills, 5);

    const nlohmann::json status = service.status();
    EXPECT_EQ(status.at("done"), kFiles);
    EXPECT_EQ(status.at("failed"), 0);
    EXPECT_EQ(status.at("quarantined"), 0);
    EXPECT_EQ(status.at("queued"), 0);
    EXPECT_EQ(status.at("running"), 0);
    EXPECT_EQ(service.published().size(), static_cast<std::size_t>(kFiles));
    for (const auto& worker : status.at("workers")) {
        EXPECT_GE(worker.at("completed").get<int>(), kFiles / 4 / 3) << "each worker does its share";
    }
    EXPECT_TRUE(service.leftovers().empty());
}

}  // namespace
}  // namespace hrn::test
