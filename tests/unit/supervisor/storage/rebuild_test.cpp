// A deleted state_dir: what comes back.
#include <gtest/gtest.h>

#include <filesystem>

#include "supervisor/storage/store_file.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;

class RebuildTest : public testing::Test {
protected:
    Work by_name(const supervisor::QueuedTask& task) {
        switch (task.image_bytes) {
            case 1:
                return Work::fail;
            case 2:
                return Work::quarantine;
            case 3:
                return Work::leave;
            default:
                return Work::succeed;
        }
    }
    void begin() {
        service = std::make_unique<FakeService>(config);
        service->work = [this](const auto& task) { return by_name(task); };
        service->start();
    }

    TempFolder folder;
    Config config = service_config(folder.path());
    std::unique_ptr<FakeService> service;
};

TEST_F(RebuildTest, FinishedTasksComeBackFromTheirFoldersAndUnfinishedOnesFromClaimed) {
    drop(config, "a/good.jpg", "good");
    drop(config, "a/bad.jpg", "1");
    drop(config, std::string(251, 'p') + ".jpg", "22");
    drop(config, "open.jpg", "333");
    begin();
    ASSERT_TRUE(
        service->run_until([&] { return service->finished.size() == 3 && service->queued.size() == 4; }));
    std::map<std::string, TaskId> ids;
    for (const auto& task : service->finished) {
        ids[task.path] = task.id;
    }
    service.reset();
    std::filesystem::remove_all(folder.path("state"));

    begin();
    ASSERT_TRUE(service->run_until([&] {
        return service->counts.done == 1 && service->counts.failed == 1 && service->counts.quarantined == 1;
    }));
    EXPECT_TRUE(service->recovered->store_was_new);
    EXPECT_EQ(service->recovered->adopted, 1U);
    for (const auto& [path, id] : ids) {
        const auto task = service->ask([&](auto done) { service->storage().show(id.text(), done); });
        EXPECT_EQ(task["path"], path);
    }
    service->work = [](const auto&) { return Work::succeed; };
    const auto retried = service->ask([&](auto done) { service->storage().retry({}, true, done); });
    EXPECT_EQ(retried["retried"].size(), 2U);
    ASSERT_TRUE(service->run_until([&] { return service->counts.done == 3; }));
    EXPECT_EQ(service->counts.failed + service->counts.quarantined, 0U);
}

TEST_F(RebuildTest, ARestartInTheMiddleBeginsAgainWithoutDoubles) {
    for (int i = 0; i < 50; ++i) {
        drop(config, "x" + std::to_string(i) + ".jpg");
    }
    begin();
    ASSERT_TRUE(service->wait_for_finished(50));
    service.reset();
    std::filesystem::remove_all(folder.path("state"));
    begin();
    ASSERT_TRUE(service->wait_recovered());
    service.reset();  // wherever it was
    begin();
    ASSERT_TRUE(service->run_until([&] { return service->counts.done == 50; }));
}

TEST_F(RebuildTest, AStartThatDiesRightAfterMakingTheStoreDoesNotForgetWhatIsFinished) {
    drop(config, "x.jpg");
    begin();
    ASSERT_TRUE(service->wait_for_finished(1));
    service.reset();
    std::filesystem::remove_all(folder.path("state"));
    { const supervisor::storage::StoreFile made_and_left(folder.path("state")); }
    begin();
    ASSERT_TRUE(service->run_until([&] { return service->counts.done == 1; }));
}

TEST_F(RebuildTest, ADamagedStoreIsSetAsideAndRebuilt) {
    drop(config, "x.jpg");
    begin();
    ASSERT_TRUE(service->wait_for_finished(1));
    service.reset();
    folder.write("state/tasks.db", std::string(8192, 'g'));
    begin();
    ASSERT_TRUE(service->run_until([&] { return service->counts.done == 1; }));
    EXPECT_TRUE(service->problems.contains("store_rebuilt"));
}

TEST_F(RebuildTest, ForeignFoldersInResultsAreNoTasks) {
    folder.write("results/holiday/photo.txt", "x");
    folder.write("results/holiday/result.json", "[1, 2");
    folder.write("spool/failed/readme.error.json", "not json");
    drop(config, "x.jpg");
    begin();
    ASSERT_TRUE(service->wait_for_finished(1));
    ASSERT_TRUE(service->run_until([&] { return service->counts.done == 1; }));
    EXPECT_EQ(service->counts.failed, 0U);
}

}  // namespace
}  // namespace hrn::test
