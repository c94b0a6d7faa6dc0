// A full or broken disk at the N-th call that changes something, for every N until none is met, while the
// service runs: it says so, waits, goes on by itself, charges nobody and loses nothing (design.md 8).
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>

#include "shared/fs.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;

struct Fault {
    int error;
    const char* problem;
    const char* name;
};

class FaultLoop : public testing::TestWithParam<Fault> {};

TEST_P(FaultLoop, AtEveryCallIsWaitedOutAndCostsNoTask) {
    int failing_call = 1;
    for (bool met = true; met; ++failing_call) {
        const TempFolder folder;
        const Config config = service_config(folder.path());
        std::atomic<bool> armed{false};
        std::atomic<int> calls{0};
        fs::set_fault_hook([&](std::string_view call, std::string_view) {
            return armed && changes_something(call) && ++calls == failing_call ? GetParam().error : 0;
        });
        const std::string when = "fault at change " + std::to_string(failing_call);
        {
            FakeService service(config);
            service.work = [](const auto& task) {
                return task.image_bytes == 1 ? Work::fail : Work::succeed;
            };
            service.start();
            ASSERT_TRUE(service.wait_recovered());
            armed = true;
            drop(config, "good.jpg", "good");
            drop(config, "a/bad.jpg", "1");
            ASSERT_TRUE(service.wait_for_finished(2)) << when;
            ASSERT_TRUE(service.run_until([&] { return service.problems.empty(); })) << when;
            service.stop();
            EXPECT_FALSE(service.fatal) << when;
            met = calls >= failing_call;
            EXPECT_EQ(service.problems_ever.contains(GetParam().problem), met) << when;
            EXPECT_EQ(service.counts.done, 1U) << when;
            EXPECT_EQ(service.counts.failed, 1U) << when;
            for (const auto& task : service.finished) {
                EXPECT_EQ(task.attempts, 1U) << when;
            }
            EXPECT_TRUE(path_exists(service.result("good.jpg/result.json"))) << when;
            EXPECT_TRUE(path_exists(service.spool("done/good.jpg"))) << when;
            EXPECT_TRUE(path_exists(service.spool("failed/a/bad.jpg"))) << when;
            EXPECT_TRUE(path_exists(service.spool("failed/a/bad.jpg.error.json"))) << when;
            EXPECT_TRUE(tree(service.spool("claimed")).empty()) << when;
        }
        fs::set_fault_hook(nullptr);
    }
    EXPECT_GT(failing_call, 20);  // else the hook saw nothing
}

INSTANTIATE_TEST_SUITE_P(Errors, FaultLoop,
                         testing::Values(Fault{ENOSPC, "disk_full", "ENOSPC"}, Fault{EIO, "disk_full", "EIO"},
                                         Fault{EMFILE, "storage_trouble", "EMFILE"}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace hrn::test
