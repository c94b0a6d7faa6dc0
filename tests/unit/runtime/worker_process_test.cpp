// A worker as a process of its own: how it starts, stops, dies, and what it leaves behind.
#include "tests/unit/runtime/worker_process.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

namespace hrn::runtime {
namespace {

class WorkerProcessTest : public ::testing::Test {
protected:
    WorkerProcessTest() {
        config.simulated.service_ms = 0;
        config.simulated.load_ms = 0;
    }
    void start_and_wait_until_ready() {
        worker.start(supervisor, config);
        ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    }
    TaskId order(const std::string& bytes) {
        const TaskId id = supervisor.claim(bytes);
        supervisor.order(id, 1, bytes.size());
        return id;
    }
    // Starts, gives it this one image, and returns the status with which it ends.
    int end_by(const std::string& image) {
        start_and_wait_until_ready();
        order(image);
        return worker.wait_for_end();
    }

    test::FakeSupervisor supervisor;
    Config config = supervisor.config();
    test::WorkerProcess worker;
};

TEST_F(WorkerProcessTest, ComputesNothingAndSaysSo) {
    start_and_wait_until_ready();
    const TaskId id = order("any bytes");
    const ReportRecord done = supervisor.next_report();
    ASSERT_EQ(done.kind, ReportKind::done);
    const std::string text = test::read_file(supervisor.result_path(id, "result.json"));
    EXPECT_EQ(done.output_bytes[static_cast<std::size_t>(*output_index("result.json"))], text.size());
    const auto result = nlohmann::json::parse(text);
    EXPECT_EQ(result.at("simulated"), true);
    EXPECT_EQ(result.at("id"), id.text());
    EXPECT_EQ(result.at("source"), "photo.jpg");
}

TEST_F(WorkerProcessTest, SaysWhyItDoesNotStartByHand) {
    worker.start_with({});
    const int status = worker.wait_for_end();
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(WorkerExit::usage));
    EXPECT_NE(worker.last_words().find("hrn-supervisor"), std::string::npos);
}

TEST_F(WorkerProcessTest, DoesNotWorkForSomebodyWhoIsNotItsParent) {
    WorkerLaunch launch = test::WorkerProcess::launch_of(supervisor);
    launch.supervisor_pid = 1;
    launch.config_fd = 0;
    worker.start_with(arguments_of(launch));
    EXPECT_EQ(WEXITSTATUS(worker.wait_for_end()), static_cast<int>(WorkerExit::usage));
}

TEST_F(WorkerProcessTest, SaysThatItCouldNotStartWhenItLacksSomething) {
    WorkerLaunch launch = test::WorkerProcess::launch_of(supervisor);
    launch.config_fd = 0;  // no sealed configuration
    worker.start_with(arguments_of(launch));
    EXPECT_EQ(WEXITSTATUS(worker.wait_for_end()), static_cast<int>(WorkerExit::not_started));
    EXPECT_NE(worker.last_words().find("could not start"), std::string::npos) << worker.last_words();
}

TEST_F(WorkerProcessTest, TakesBackTheSignalsAndTheGroupThatItInherited) {
    sigset_t term;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGUSR1);
    ASSERT_EQ(::sigprocmask(SIG_BLOCK, &term, nullptr), 0);
    ASSERT_NE(::signal(SIGPIPE, SIG_IGN), SIG_ERR);
    start_and_wait_until_ready();
    const auto mask = [&](const char* which) {
        std::ifstream status("/proc/" + std::to_string(worker.pid()) + "/status");
        std::string line;
        while (std::getline(status, line) && !line.starts_with(which)) {
        }
        return std::stoull(line.substr(line.find('\t')), nullptr, 16);
    };
    // The C library blocks every signal for the moment in which it makes a thread.
    const auto guard = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while ((mask("SigBlk:") & (1U << (SIGUSR1 - 1))) != 0 && std::chrono::steady_clock::now() < guard) {
        std::this_thread::yield();
    }
    EXPECT_EQ(mask("SigBlk:") & (1U << (SIGUSR1 - 1)), 0U);
    EXPECT_EQ(mask("SigIgn:") & (1U << (SIGPIPE - 1)), 0U);
    EXPECT_EQ(::getpgid(worker.pid()), worker.pid());
}

TEST_F(WorkerProcessTest, DrainsOnSigterm) {
    config.simulated.service_ms = 50;
    config.simulated.distribution = "constant";
    start_and_wait_until_ready();
    const std::vector<TaskId> ids = {order("a"), order("b"), order("c")};
    ASSERT_TRUE(supervisor.eventually([](const SegmentView& view) { return view.held.size() == 3; }));
    ASSERT_EQ(::kill(worker.pid(), SIGTERM), 0);
    const int status = worker.wait_for_end();
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    for (const ReportRecord& record : supervisor.next_reports(3)) {
        EXPECT_EQ(record.kind, ReportKind::done);
    }
}

TEST_F(WorkerProcessTest, StopsAtOnceWhenItIsAskedToWhileLoading) {
    config.simulated.load_ms = 3'600'000;
    worker.start(supervisor, config);
    ASSERT_TRUE(supervisor.eventually([](const SegmentView& view) {
        return !view.threads.empty() && view.threads[0].stage == Stage::load;
    }));
    ASSERT_EQ(::kill(worker.pid(), SIGTERM), 0);
    EXPECT_EQ(worker.wait_for_end(), 0);
}

TEST_F(WorkerProcessTest, IsRecycledAfterItsLastTask) {
    config.limits.worker_max_tasks = 1;
    const int status = end_by("photo");
    EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(WorkerExit::recycled));
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
}

TEST_F(WorkerProcessTest, NamesTheThreadAndLeavesTheTaskInItsStageWhenItCrashes) {
    const int status = end_by("hrn-sim: crash");
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
    const SegmentView view = supervisor.view();
    ASSERT_TRUE(view.last_words);
    ASSERT_EQ(view.held.size(), 1U);
    EXPECT_EQ(view.held[0].state.stage, Stage::infer);
    EXPECT_EQ(view.held[0].state.presence, Presence::in);
    EXPECT_EQ(view.last_words->thread, view.held[0].state.thread);
}

TEST_F(WorkerProcessTest, CrashesInTheStageThatItIsTold) {
    end_by("hrn-sim: abort in decode");
    const SegmentView view = supervisor.view();
    ASSERT_TRUE(view.last_words);
    EXPECT_EQ(view.last_words->signal, SIGABRT);
    ASSERT_EQ(view.held.size(), 1U);
    EXPECT_EQ(view.held[0].state.stage, Stage::decode);
}

TEST_F(WorkerProcessTest, EndsWithTheStatusThatItIsTold) {
    const int status = end_by("hrn-sim: exit 70");
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 70);
}

TEST_F(WorkerProcessTest, ReportsALostDeviceAndEnds) {
    const int status = end_by("hrn-sim: device_fatal");
    EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(WorkerExit::device_fatal));
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::failed);
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::fatal);
}

TEST_F(WorkerProcessTest, GoesOnAfterAnImageThatFails) {
    start_and_wait_until_ready();
    for (const char* image : {"hrn-sim: no_face", "hrn-sim: oom", "hrn-sim: throw", "hrn-sim: device_oom",
                              "hrn-sim: disk_full in write"}) {
        order(image);
        EXPECT_EQ(supervisor.next_report().kind, ReportKind::failed) << image;
    }
    order("photo");
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
}

TEST_F(WorkerProcessTest, HangsInTheStageThatItIsTold) {
    start_and_wait_until_ready();
    order("hrn-sim: hang in write");
    EXPECT_TRUE(supervisor.eventually([&](const SegmentView& view) {
        return view.held.size() == 1 && view.held[0].state.stage == Stage::write &&
               view.held[0].state.presence == Presence::in;
    }));
    order("photo");
    EXPECT_TRUE(supervisor.eventually([&](const SegmentView& view) { return view.held.size() == 2; }));
}

TEST_F(WorkerProcessTest, WritesGarbageIntoItsReports) {
    start_and_wait_until_ready();
    order("hrn-sim: garbage report_index");
    EXPECT_TRUE(
        supervisor.eventually([&](const SegmentView&) { return supervisor.report_ring_is_garbage(); }));
}

TEST_F(WorkerProcessTest, WritesGarbageIntoItsOrderIndex) {
    start_and_wait_until_ready();
    order("hrn-sim: garbage order_index");
    EXPECT_TRUE(supervisor.eventually(
        [&](const SegmentView&) { return supervisor.orders_not_taken() == kOrderCapacity; }));
}

TEST_F(WorkerProcessTest, WritesGarbageIntoItsSlots) {
    start_and_wait_until_ready();
    order("hrn-sim: garbage slots");
    EXPECT_TRUE(supervisor.eventually([](const SegmentView& view) { return view.garbled_slots > 0; }));
}

TEST_F(WorkerProcessTest, LeaksWhatItIsTold) {
    start_and_wait_until_ready();
    order("hrn-sim: leak 200");
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
    EXPECT_TRUE(
        supervisor.eventually([](const SegmentView& view) { return view.counters.rss_bytes > 200'000'000; }));
}

// The pipe through which a worker wakes its supervisor ends when no process holds its write end any more.
bool comes_to_its_end(int read_fd) {
    pollfd fd{read_fd, POLLIN, 0};
    while (::poll(&fd, 1, 60'000) > 0) {
        if (drain_wake(read_fd) == WakeState::closed) {
            return true;
        }
    }
    return false;
}

TEST_F(WorkerProcessTest, DiesWithItsSupervisorEvenInTheMiddleOfATask) {
    const pid_t middle = ::fork();
    if (middle == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no stray process if the test dies
        test::WorkerProcess child;
        child.start(supervisor, config);
        for (;;) {
            ::pause();
        }
    }
    // This process keeps the write end of the order pipe open, so that only the death of the parent tells.
    ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    order("hrn-sim: hang");
    ASSERT_TRUE(supervisor.eventually([](const SegmentView& view) { return view.held.size() == 1; }));
    supervisor.notify.write_end.reset();
    ASSERT_EQ(::kill(middle, SIGKILL), 0);
    ASSERT_EQ(::waitpid(middle, nullptr, 0), middle);
    EXPECT_TRUE(comes_to_its_end(supervisor.notify.read_end.get()));
}

}  // namespace
}  // namespace hrn::runtime
