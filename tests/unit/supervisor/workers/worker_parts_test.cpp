// The small parts of a worker slot: what it holds, how often it may wake the loop, its output, its program.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "supervisor/machine/worker_program.hpp"
#include "supervisor/workers/device_lock.hpp"
#include "supervisor/workers/gpu_monitor.hpp"
#include "supervisor/workers/held_tasks.hpp"
#include "supervisor/workers/oom_events.hpp"
#include "supervisor/workers/wake_budget.hpp"
#include "supervisor/workers/worker_output.hpp"

namespace hrn::supervisor {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "hrn-workers-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

TaskId id_of(int number) {
    TaskId id;
    id.bytes[15] = static_cast<std::uint8_t>(number);
    return id;
}

TEST(HeldTasks, GiveATaskBackOnlyForItsOwnAttempt) {
    HeldTasks held;
    const TimePoint now{seconds(10)};
    held.add({id_of(1), 2, false, now}, now);
    EXPECT_FALSE(held.remove(id_of(1), 1, now));
    EXPECT_FALSE(held.remove(id_of(2), 2, now));
    EXPECT_TRUE(held.remove(id_of(1), 2, now));
    EXPECT_FALSE(held.remove(id_of(1), 2, now));
}

TEST(HeldTasks, CountTheTimeInWhichAnythingIsHeld) {
    HeldTasks held;
    const TimePoint start{seconds(10)};
    held.add({id_of(1), 1, false, start}, start);
    held.add({id_of(2), 1, false, start}, start + seconds(1));
    static_cast<void>(held.remove(id_of(1), 1, start + seconds(2)));
    EXPECT_EQ(held.busy(start + seconds(3)), seconds(3));
    static_cast<void>(held.remove(id_of(2), 1, start + seconds(4)));
    EXPECT_EQ(held.busy(start + seconds(100)), seconds(4));
    held.add({id_of(3), 1, true, start}, start + seconds(100));
    EXPECT_TRUE(held.has_solo());
    held.clear(start + seconds(101));
    EXPECT_EQ(held.busy(start + seconds(200)), seconds(5));
}

TEST(WakeBudget, AllowsABurstAndThenAThousandASecond) {
    WakeBudget budget;
    const TimePoint start{seconds(10)};
    int taken = 0;
    for (int i = 0; i < 5000; ++i) {
        taken += budget.take(start) ? 1 : 0;
    }
    EXPECT_EQ(taken, static_cast<int>(WakeBudget::kBurst));
    taken = 0;
    for (int i = 0; i < 5000; ++i) {
        taken += budget.take(start + milliseconds(100)) ? 1 : 0;
    }
    EXPECT_EQ(taken, 100);
}

TEST(LineTail, HandsOutWholeLinesAndKeepsTheEnd) {
    LineTail tail;
    std::vector<std::string> lines;
    const auto add = [&](std::string_view line) { lines.emplace_back(line); };
    tail.add("one\ntw", TimePoint{seconds(5)}, add);
    tail.add("o\nthr", TimePoint{seconds(5)}, add);
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
    tail.finish(add);
    EXPECT_EQ(lines.back(), "thr");
    EXPECT_EQ(tail.tail(), "one\ntwo\nthr");
}

TEST(LineTail, KeepsOnlyTheLast4KilobytesOfAFlood) {
    LineTail tail;
    for (int i = 0; i < 100; ++i) {
        tail.add(std::string(10000, 'x') + std::to_string(i % 10), TimePoint{seconds(5)},
                 [](std::string_view) {});
    }
    EXPECT_EQ(tail.tail().size(), LineTail::kKept);
    EXPECT_EQ(tail.tail().back(), '9');
}

TEST(LineTail, CutsALineThatNeverEnds) {
    LineTail tail;
    std::string line;
    for (int i = 0; i < 10; ++i) {
        tail.add(std::string(1000, 'y'), TimePoint{seconds(5)}, [](std::string_view) {});
    }
    tail.add("\n", TimePoint{seconds(5)}, [&](std::string_view text) { line = text; });
    EXPECT_EQ(line.size(), LineTail::kLongestLine);
}

TEST(LineTail, DropsAndCountsLinesThatComeTooFast) {
    LineTail tail;
    int lines = 0;
    const auto count = [&](std::string_view) { ++lines; };
    for (int i = 0; i < 1000; ++i) {
        tail.add("line\n", TimePoint{seconds(5)}, count);
    }
    EXPECT_EQ(lines, LineTail::kLinesPerSecond);
    EXPECT_EQ(tail.dropped_lines(), 1000U - LineTail::kLinesPerSecond);
    tail.add("line\n", TimePoint{seconds(6)}, count);
    EXPECT_EQ(lines, LineTail::kLinesPerSecond + 1);
}

void make_program(const std::string& path) {
    std::ofstream(path) << "#!/bin/sh\n";
    ::chmod(path.c_str(), 0755);
}

TEST(WorkerProgram, IsTakenFromTheConfigurationFirst) {
    const Folder folder;
    make_program(folder / "mine");
    Config config;
    config.workers.program = folder / "mine";
    EXPECT_EQ(find_worker_program(config, "/nowhere", "").path, folder / "mine");
}

TEST(WorkerProgram, IsNotSoughtElsewhereWhenTheConfiguredOneIsMissing) {
    const Folder folder;
    make_program(folder / "hrn-worker");
    Config config;
    config.workers.program = folder / "missing";
    const WorkerProgram program = find_worker_program(config, folder.path(), folder.path());
    EXPECT_TRUE(program.path.empty());
    EXPECT_NE(program.error.find("workers.program"), std::string::npos);
}

TEST(WorkerProgram, IsSoughtBesideTheSupervisorThenInLibexecThenInPath) {
    const Folder folder;
    fs::create_directories(folder / "bin");
    fs::create_directories(folder / "libexec/hrn");
    fs::create_directories(folder / "other");
    make_program(folder / "other/hrn-worker");
    const Config config;
    const std::string path = "/nowhere:" + folder.path() + "/other";
    EXPECT_EQ(find_worker_program(config, folder / "bin", path).path, folder / "other/hrn-worker");
    make_program(folder / "libexec/hrn/hrn-worker");
    EXPECT_EQ(find_worker_program(config, folder / "bin", path).path,
              folder / "bin/../libexec/hrn/hrn-worker");
    make_program(folder / "bin/hrn-worker");
    EXPECT_EQ(find_worker_program(config, folder / "bin", path).path, folder / "bin/hrn-worker");
}

TEST(WorkerProgram, IsTheSimulatedOneWhenSoConfigured) {
    const Folder folder;
    make_program(folder / "hrn-worker");
    make_program(folder / "hrn-worker-sim");
    Config config;
    config.model.kind = "simulated";
    EXPECT_EQ(find_worker_program(config, folder.path(), "").path, folder / "hrn-worker-sim");
}

TEST(WorkerProgram, SaysWhereItWasSought) {
    const WorkerProgram program = find_worker_program(Config{}, "/nowhere", "/neither");
    EXPECT_TRUE(program.path.empty());
    EXPECT_NE(program.error.find("hrn-worker is neither in /nowhere"), std::string::npos) << program.error;
}

TEST(DeviceLock, IsHeldByOneAtATimeAndForEachWorkerOfADevice) {
    const Folder folder;
    auto first = try_device_lock(folder.path(), "GPU-1", 0);
    ASSERT_TRUE(first);
    EXPECT_FALSE(try_device_lock(folder.path(), "GPU-1", 0));
    EXPECT_TRUE(try_device_lock(folder.path(), "GPU-1", 1));
    EXPECT_TRUE(try_device_lock(folder.path(), "GPU-2", 0));
    first.reset();
    EXPECT_TRUE(try_device_lock(folder.path(), "GPU-1", 0));
}

TEST(DeviceLock, NeverLeavesItsFolderWhateverTheDeviceIsCalled) {
    const Folder folder;
    EXPECT_TRUE(try_device_lock(folder.path(), "../../etc/x", 0));
    EXPECT_TRUE(fs::exists(folder / "device-______etc_x.0.lock"));
}

TEST(DeviceLock, SaysWhichFileCannotBeOpened) {
    EXPECT_THROW(static_cast<void>(try_device_lock("/nowhere", "cpu", 0)), std::system_error);
}

TEST(OomEvents, ReadTheCounterOfKills) {
    EXPECT_EQ(parse_oom_kills("low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n"), 4U);
    EXPECT_EQ(parse_oom_kills("oom 3\n"), std::nullopt);
    EXPECT_EQ(parse_oom_kills("oom_kill x\n"), std::nullopt);
    EXPECT_EQ(parse_oom_kills(""), std::nullopt);
}

TEST(OomEvents, TellAKillForMemoryFromOneFromOutside) {
    const OomKills before{5, 10}, cgroup_rose{6, 11}, machine_rose{5, 11}, unknown{};
    EXPECT_TRUE(memory_ran_out(before, cgroup_rose));
    EXPECT_FALSE(memory_ran_out(before, machine_rose));
    EXPECT_FALSE(memory_ran_out(unknown, unknown));
    EXPECT_TRUE(memory_surely_sufficed(before, before));
    EXPECT_FALSE(memory_surely_sufficed(before, machine_rose));
    EXPECT_FALSE(memory_surely_sufficed(before, cgroup_rose));
    EXPECT_FALSE(memory_surely_sufficed(unknown, unknown));
}

TEST(GpusOfTheDriver, AreListedInBusOrder) {
    const Folder folder;
    fs::create_directories(folder / "0000:81:00.0");
    fs::create_directories(folder / "0000:01:00.0");
    std::ofstream(folder / "0000:81:00.0/information") << "Model: \t\t Second\nGPU UUID: \t GPU-2\n";
    std::ofstream(folder / "0000:01:00.0/information") << "Model: \t\t First\nIRQ: 5\nGPU UUID: \t GPU-1\n";
    const auto gpus = list_gpus_of_driver(folder.path());
    ASSERT_TRUE(gpus);
    ASSERT_EQ(gpus->size(), 2U);
    EXPECT_EQ((*gpus)[0].uuid, "GPU-1");
    EXPECT_EQ((*gpus)[0].name, "First");
    EXPECT_EQ((*gpus)[1].index, 1);
    EXPECT_FALSE(list_gpus_of_driver(folder / "missing"));
}

}  // namespace
}  // namespace hrn::supervisor
