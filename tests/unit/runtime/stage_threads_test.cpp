#include "worker/runtime/stage_threads.hpp"

#include <gtest/gtest.h>

namespace hrn::runtime {
namespace {

Config::Workers workers_on(std::vector<std::string> devices) {
    Config::Workers workers;
    workers.devices = std::move(devices);
    workers.per_device = 1;
    return workers;
}

TEST(StageThreads, GivesTheCpuDeviceAllCoresForTheNetworks) {
    const StageThreads threads = choose_stage_threads(workers_on({"cpu"}), "cpu", 16);
    EXPECT_EQ(threads.infer, 16);
    EXPECT_EQ(threads.decode, 1);
    EXPECT_EQ(threads.write, 1);
}

TEST(StageThreads, SharesTheCoresBetweenTheWorkers) {
    EXPECT_EQ(choose_stage_threads(workers_on({"cpu", "cpu", "cpu", "cpu"}), "cpu", 16).infer, 4);
    EXPECT_EQ(choose_stage_threads(workers_on({"0", "1"}), "0", 16).decode, 6);
}

TEST(StageThreads, OverlapsBatchesOnAGpuOnly) {
    EXPECT_EQ(choose_stage_threads(workers_on({"cpu"}), "cpu", 16).lanes, 1);
    EXPECT_GT(choose_stage_threads(workers_on({"0"}), "0", 2).lanes, 1);
}

TEST(StageThreads, LeavesRoomForImagesBeforeAndBehindTheLanes) {
    EXPECT_EQ(lanes_for_batch(4, 16), 4);
    EXPECT_EQ(lanes_for_batch(4, 64), 3);
    EXPECT_EQ(lanes_for_batch(4, 1000), 1);
    EXPECT_EQ(lanes_for_batch(1, 1), 1);
}

TEST(StageThreads, LetsMoreWritersWaitForTheDiskThanDecodersWork) {
    const StageThreads threads = choose_stage_threads(workers_on({"0"}), "0", 16);
    EXPECT_GT(threads.write, threads.decode);
}

TEST(StageThreads, NeverGoesBelowOne) {
    const StageThreads threads = choose_stage_threads(workers_on({"0", "1", "2", "3"}), "0", 2);
    EXPECT_EQ(threads.decode, 1);
    EXPECT_EQ(threads.infer, 1);
    EXPECT_EQ(threads.write, 1);
}

TEST(StageThreads, TakesWhatIsConfigured) {
    Config::Workers workers = workers_on({"auto"});
    workers.decode_threads = 3;
    workers.write_threads = 5;
    const StageThreads threads = choose_stage_threads(workers, "0", 64);
    EXPECT_EQ(threads.decode, 3);
    EXPECT_EQ(threads.write, 5);
}

}  // namespace
}  // namespace hrn::runtime
