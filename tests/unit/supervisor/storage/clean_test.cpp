// What `clean` and [retention] throw away, and what they leave alone.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "shared/text.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;
using nlohmann::json;

class CleanTest : public testing::Test {
protected:
    // One after the other, so that the oldest is known.
    void run(const std::vector<std::string>& names, Work work) {
        if (!service) {
            service = std::make_unique<FakeService>(config);
        }
        service->work = [work](const auto&) { return work; };
        if (!service->recovered) {
            service->start();
        }
        for (const std::string& name : names) {
            drop(config, name, "image " + name);
            ASSERT_TRUE(service->wait_for_finished(service->finished.size() + 1));
        }
    }
    json clean(bool failed, std::int64_t before_ms = unix_milliseconds_now() + 1) {
        return service->ask([&](auto done) { service->storage().clean(failed, before_ms, done); });
    }
    json show(const TaskId& id) {
        return service->ask([&](auto done) { service->storage().show(id.text(), done); });
    }
    // The round of [retention] that a reload begins is over: a command is answered that came behind it.
    void retention(const std::function<void(Config::Retention&)>& change) {
        change(config.retention);
        service->storage().reload(config);
        static_cast<void>(clean(true, 1));  // the round has begun
        static_cast<void>(clean(true, 1));
    }

    TempFolder folder;
    Config config = service_config(folder.path());
    std::unique_ptr<FakeService> service;
};

TEST_F(CleanTest, RemovesTheOriginalsOfDoneTasksAndKeepsTheirResultsAndRecords) {
    run({"a.jpg", "album/b.jpg"}, Work::succeed);
    const json answer = clean(false);
    EXPECT_EQ(answer["tasks"], 2);
    EXPECT_EQ(answer["bytes"], 11 + 17);
    EXPECT_EQ(tree(service->spool("done")), std::vector<std::string>{"album"});
    EXPECT_TRUE(path_exists(service->result("album/b.jpg/result.json")));
    EXPECT_EQ(show(service->finished[0].id)["state"], "done");
    EXPECT_EQ(clean(false)["tasks"], 0) << "once";
}

TEST_F(CleanTest, ForgetsFailedAndQuarantinedTasksAltogether) {
    run({"a.jpg"}, Work::fail);
    run({"b.jpg"}, Work::quarantine);
    run({"c.jpg"}, Work::succeed);
    EXPECT_EQ(clean(true)["tasks"], 2);
    EXPECT_TRUE(tree(service->spool("failed")).empty());
    EXPECT_EQ(show(service->finished[0].id)["error"]["code"], "not_found");
    EXPECT_EQ(show(service->finished[1].id)["error"]["code"], "not_found");
    EXPECT_EQ(show(service->finished[2].id)["state"], "done");
    ASSERT_TRUE(service->run_until([&] { return service->counts.failed == 0; }));
    EXPECT_EQ(service->counts.quarantined, 0U);
    EXPECT_EQ(service->counts.done, 1U);
}

TEST_F(CleanTest, LeavesWhatFinishedLaterThanAskedFor) {
    run({"a.jpg"}, Work::fail);
    run({"b.jpg"}, Work::succeed);
    EXPECT_EQ(clean(true, unix_milliseconds_now() - 60'000)["tasks"], 0);
    EXPECT_EQ(clean(false, unix_milliseconds_now() - 60'000)["tasks"], 0);
    EXPECT_EQ(tree(service->spool("done")), std::vector<std::string>{"b.jpg"});
    EXPECT_EQ(tree(service->spool("failed")).size(), 2U);
}

TEST_F(CleanTest, LeavesUnfinishedTasksAndForeignFilesAlone) {
    run({"a.jpg"}, Work::succeed);
    service->work = [](const auto&) { return Work::leave; };
    drop(config, "open.jpg");
    ASSERT_TRUE(service->run_until([&] { return service->queued.size() == 2; }));
    std::ofstream(service->spool("done/mine.jpg")) << "not of a task";
    std::ofstream(service->spool("failed/mine.jpg")) << "not of a task";
    EXPECT_EQ(clean(false)["tasks"], 1);
    EXPECT_EQ(clean(true)["tasks"], 0);
    EXPECT_EQ(tree(service->spool("done")), std::vector<std::string>{"mine.jpg"});
    EXPECT_EQ(tree(service->spool("failed")), std::vector<std::string>{"mine.jpg"});
    EXPECT_EQ(show(service->queued[1].id)["state"], "queued");
}

TEST_F(CleanTest, ATaskWhoseOriginalSomebodyTookIsForgottenToo) {
    run({"a.jpg"}, Work::fail);
    ASSERT_EQ(::unlink(service->spool("failed/a.jpg").c_str()), 0);
    EXPECT_EQ(clean(true)["tasks"], 1);
    EXPECT_EQ(show(service->finished[0].id)["error"]["code"], "not_found");
}

TEST_F(CleanTest, RetentionRemovesWhatIsOldAfterAReload) {
    run({"a.jpg"}, Work::succeed);
    run({"b.jpg"}, Work::fail);
    retention([](auto& keys) { keys.done_days = 1; });
    EXPECT_EQ(tree(service->spool("done")).size(), 1U) << "not a day old";
    for (const std::int64_t end = unix_milliseconds_now() + 20; unix_milliseconds_now() < end;) {
        static_cast<void>(clean(true, 1));  // until both are some milliseconds old
    }
    constexpr double kMillisecond = 1.0 / 86'400'000;
    retention([](auto& keys) {
        keys.done_days = 2 * kMillisecond;
        keys.failed_days = 2 * kMillisecond;
    });
    EXPECT_TRUE(tree(service->spool("done")).empty());
    EXPECT_TRUE(tree(service->spool("failed")).empty());
    EXPECT_TRUE(path_exists(service->result("a.jpg/result.json"))) << "results have a limit of their own";
}

TEST_F(CleanTest, TheOldestResultsGoWhileAllOfThemTakeTooMuch) {
    run({"a.jpg", "b.jpg", "c.jpg"}, Work::succeed);
    // Two small files each: a block of 4096 bytes or less; the limit has room for one result, not for two.
    struct stat status {};
    ASSERT_EQ(::stat(service->result("a.jpg/result.json").c_str(), &status), 0);
    const double one = 2.0 * static_cast<double>(status.st_blocks) * 512.0;
    if (one == 0) {
        GTEST_SKIP() << "this file system stores small files without blocks";
    }
    retention([&](auto& keys) { keys.results_max_gb = 1.5 * one / (1024.0 * 1024.0 * 1024.0); });
    ASSERT_TRUE(service->run_until([&] {
        static_cast<void>(clean(true, 1));
        return !path_exists(service->result("b.jpg"));
    }));
    EXPECT_FALSE(path_exists(service->result("a.jpg")));
    EXPECT_TRUE(path_exists(service->result("c.jpg/result.json")));
    EXPECT_EQ(tree(service->spool("done")), std::vector<std::string>{"c.jpg"});
    EXPECT_EQ(show(service->finished[0].id)["error"]["code"], "not_found");
    EXPECT_EQ(show(service->finished[2].id)["state"], "done");
}

TEST_F(CleanTest, AFolderThatIsNotTheTasksResultIsNeverRemoved) {
    run({"a.jpg"}, Work::succeed);
    std::ofstream(service->result("a.jpg/result.json"))
        << json{{"id", "01a20cd2-2252-723e-aaf2-56191e701fc5"}}.dump();
    retention([](auto& keys) { keys.results_max_gb = 1e-9; });
    for (int i = 0; i < 10; ++i) {
        static_cast<void>(clean(true, 1));
    }
    EXPECT_TRUE(path_exists(service->result("a.jpg/result.json")));
    EXPECT_EQ(show(service->finished[0].id)["state"], "done");
}

TEST_F(CleanTest, DrainedDevicesAndCancelledTasksSurviveARestart) {
    run({"a.jpg"}, Work::succeed);
    const TaskId id = service->finished[0].id;
    service->storage().persist_drained_devices({{"GPU-1", "too \xff hot"}, {"cpu", ""}});
    service->storage().persist_cancelled({id});
    service.reset();
    service = std::make_unique<FakeService>(config);
    service->start();
    ASSERT_TRUE(service->wait_recovered());
    const auto& recovery = *service->recovered;
    ASSERT_EQ(recovery.drained_devices.size(), 2U);
    EXPECT_EQ(recovery.drained_devices.at("GPU-1"), "too \xEF\xBF\xBD hot");
    EXPECT_EQ(recovery.cancelled, std::vector<TaskId>{id});
}

}  // namespace
}  // namespace hrn::test
