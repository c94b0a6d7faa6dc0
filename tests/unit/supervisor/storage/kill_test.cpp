// SIGKILL before every call that changes something durable, one after the other, until a life ends unharmed;
// after each, the next life must end every image as exactly one result or one recorded failure
// (design.md 3.2).
//
// To add a case: another Story. Each life is a process of its own: the hook of shared/fs kills it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <set>

#include "shared/fs.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;

// "1" fails, everything else succeeds.
Work by_size(const supervisor::QueuedTask& task) {
    return task.image_bytes == 1 ? Work::fail : Work::succeed;
}

using Story = std::function<bool(FakeService&)>;  // false: it did not end as it should

// Runs `story` in a child that dies before its `fatal_call`-th change. true: it died.
bool dies_at(const Config& config, const Story& story, int fatal_call) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::atomic<int> calls{0};
        fs::set_fault_hook([&](std::string_view call, std::string_view) {
            if (changes_something(call) && ++calls == fatal_call) {
                ::kill(::getpid(), SIGKILL);
            }
            return 0;
        });
        FakeService service(config);
        service.work = by_size;
        service.start();
        const bool good = story(service);
        service.stop();
        ::_exit(good ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        EXPECT_EQ(WTERMSIG(status), SIGKILL);
        return true;
    }
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return false;
}

void expect_nothing_left(const FakeService& service, const std::string& when) {
    EXPECT_TRUE(tree(service.spool("incoming")).empty() ||
                tree(service.spool("incoming")) == std::vector<std::string>{"a"})
        << when;
    EXPECT_TRUE(tree(service.spool("claimed")).empty()) << when;
    for (const std::string& path : tree(service.result(".tmp"))) {
        EXPECT_EQ(path, "0000000000001234") << when;
    }
}

std::set<std::string> result_dirs(const FakeService& service) {
    std::set<std::string> dirs;
    for (const std::string& path : tree(service.config().service.results_dir)) {
        if (path.ends_with("/result.json") && !path.starts_with(".tmp")) {
            dirs.insert(path.substr(0, path.size() - std::string("/result.json").size()));
        }
    }
    return dirs;
}

TEST(Kill, BeforeAnyChangeFromDropToSettledLosesNothingAndDoublesNothing) {
    const Story story = [](FakeService& service) { return service.wait_for_finished(3); };
    int fatal_call = 1;
    for (bool died = true; died; ++fatal_call) {
        const TempFolder folder;
        const Config config = service_config(folder.path());
        drop(config, "good.jpg", "good");
        drop(config, "a/good.jpg", "good too");
        drop(config, "bad.jpg", "1");
        died = dies_at(config, story, fatal_call);

        FakeService service(config);
        service.work = by_size;
        service.start();
        const std::string when = "killed before change " + std::to_string(fatal_call);
        ASSERT_TRUE(service.run_until([&] {
            return (service.counts.done == 2 && service.counts.failed == 1) || service.fatal;
        })) << when;
        ASSERT_FALSE(service.fatal) << when << ": " << service.fatal->second;
        service.stop();
        EXPECT_EQ(service.counts.done, 2U) << when;
        EXPECT_EQ(service.counts.failed, 1U) << when;
        EXPECT_EQ(result_dirs(service), (std::set<std::string>{"good.jpg", "a/good.jpg"})) << when;
        EXPECT_EQ(tree(service.spool("done")), (std::vector<std::string>{"a", "a/good.jpg", "good.jpg"}))
            << when;
        const auto failed = tree(service.spool("failed"));
        EXPECT_EQ(std::count(failed.begin(), failed.end(), "bad.jpg"), 1) << when;
        EXPECT_EQ(std::count(failed.begin(), failed.end(), "bad.jpg.error.json"), 1) << when;
        expect_nothing_left(service, when);
    }
    EXPECT_GT(fatal_call, 30);  // else the hook saw nothing
}

TEST(Kill, BeforeAnyChangeOfARetryLeavesTheTaskFailedOrQueued) {
    const Story story = [](FakeService& service) {
        if (!service.wait_for_finished(1)) {
            return false;
        }
        service.work = [](const auto&) { return Work::succeed; };
        const auto answer = service.ask([&](auto done) { service.storage().retry({}, true, done); });
        return answer.contains("retried") && service.wait_for_finished(2);
    };
    int fatal_call = 1;
    for (bool died = true; died; ++fatal_call) {
        const TempFolder folder;
        const Config config = service_config(folder.path());
        drop(config, "bad.jpg", "1");
        died = dies_at(config, story, fatal_call);

        FakeService service(config);
        service.work = [](const auto&) { return Work::succeed; };
        service.start();
        const std::string when = "killed before change " + std::to_string(fatal_call);
        ASSERT_TRUE(service.run_until([&] {
            return service.counts.done == 1 || service.counts.failed == 1 || service.fatal;
        })) << when;
        ASSERT_FALSE(service.fatal) << when << ": " << service.fatal->second;
        if (service.counts.failed == 1) {
            EXPECT_EQ(tree(service.spool("failed")),
                      (std::vector<std::string>{"bad.jpg", "bad.jpg.error.json"}))
                << when;
            static_cast<void>(service.ask([&](auto done) { service.storage().retry({}, true, done); }));
            ASSERT_TRUE(service.run_until([&] { return service.counts.done == 1; })) << when;
        }
        service.stop();
        EXPECT_EQ(service.counts.failed, 0U) << when;
        EXPECT_EQ(result_dirs(service), (std::set<std::string>{"bad.jpg"})) << when;
        EXPECT_TRUE(tree(service.spool("failed")).empty()) << when;
        expect_nothing_left(service, when);
    }
    EXPECT_GT(fatal_call, 30);
}

}  // namespace
}  // namespace hrn::test
