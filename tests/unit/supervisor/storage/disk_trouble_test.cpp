// Disks that stay full for a while, and what a single file's trouble does not do to the others.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>

#include "shared/fs.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;

TEST(DiskTrouble, AFullDiskIsAProblemUntilThereIsRoomAgain) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    std::atomic<bool> full{false};
    fs::set_fault_hook([&](std::string_view call, std::string_view) {
        return full && (call == "mkdirat" || call == "write") ? ENOSPC : 0;
    });
    FakeService service(config);
    service.start();
    ASSERT_TRUE(service.wait_recovered());
    full = true;
    drop(config, "x.jpg");
    ASSERT_TRUE(service.run_until([&] { return service.problems.contains("disk_full"); }));
    EXPECT_TRUE(service.queued.empty());
    EXPECT_EQ(service.counts.waiting, 1U);
    full = false;
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_FALSE(service.problems.contains("disk_full"));
    service.stop();
}

TEST(DiskTrouble, ADiskBelowItsLimitClosesIntakeOnly) {
    const TempFolder folder;
    Config config = service_config(folder.path());
    drop(config, "first.jpg");
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 1; }));
    config.spool.min_free_mb = 1000000000;
    service.storage().reload(config);
    ASSERT_TRUE(service.run_until([&] { return service.problems.contains("disk_full"); }));
    drop(config, "second.jpg");
    service.finish(service.queued[0], Work::succeed);
    ASSERT_TRUE(service.wait_for_finished(1));  // what was begun is finished
    EXPECT_EQ(service.queued.size(), 1U);
    config.spool.min_free_mb = 0;
    service.storage().reload(config);
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 2; }));
    EXPECT_FALSE(service.problems.contains("disk_full"));
}

TEST(DiskTrouble, AFileThatCannotBeMovedDoesNotKeepTheOthers) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    std::atomic<bool> stuck{true};
    fs::set_fault_hook([&](std::string_view call, std::string_view name) {
        return stuck && call == "renameat2" && name == "stuck.jpg" ? EPERM : 0;
    });
    FakeService service(config);
    service.start();
    ASSERT_TRUE(service.wait_recovered());
    drop(config, "stuck.jpg");
    drop(config, "good.jpg");
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_EQ(service.finished[0].path, "good.jpg");
    ASSERT_TRUE(service.run_until([&] { return service.problems.contains("cannot_claim"); }));
    stuck = false;
    ASSERT_TRUE(service.wait_for_finished(2));  // by a rescan
    ASSERT_TRUE(service.run_until([&] { return service.problems.empty(); }));
    service.stop();
}

TEST(DiskTrouble, AResultThatCannotBePublishedDoesNotKeepTheOthers) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    folder.write("results/a", "a file where a folder must be");
    drop(config, "a/x.jpg");
    drop(config, "good.jpg");
    FakeService service(config);
    service.start();
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_EQ(service.finished[0].path, "good.jpg");
    ASSERT_TRUE(service.run_until([&] { return service.problems.contains("cannot_publish"); }));
    std::filesystem::remove(folder.path("results/a"));
    ASSERT_TRUE(service.wait_for_finished(2));
    EXPECT_TRUE(path_exists(service.result("a/x.jpg/result.json")));
    ASSERT_TRUE(service.run_until([&] { return service.problems.empty(); }));
}

}  // namespace
}  // namespace hrn::test
