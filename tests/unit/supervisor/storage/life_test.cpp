// The life of a task from a dropped file to a settled result, through the real storage thread.
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <mutex>
#include <string_view>

#include "shared/fs.hpp"
#include "shared/worker_launch.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using supervisor::FinalState;
using Work = FakeService::Work;

// x0.jpg, x1.jpg, …
void drop_numbered(const Config& config, int count) {
    for (int i = 0; i < count; ++i) {
        drop(config, "x" + std::to_string(i) + ".jpg");
    }
}

TEST(Life, AFileDroppedBeforeTheStartBecomesAResult) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "a/x.jpg", "one");
    FakeService service(config);
    service.start();
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_EQ(service.finished[0].state, FinalState::done);
    EXPECT_EQ(service.finished[0].path, "a/x.jpg");
    EXPECT_EQ(service.finished[0].result_dir, service.result("a/x.jpg"));
    EXPECT_TRUE(path_exists(service.result("a/x.jpg/mesh.obj")));
    EXPECT_EQ(read_file(service.spool("done/a/x.jpg")), "one");
    EXPECT_TRUE(tree(service.spool("claimed")).empty());
}

TEST(Life, AFileDroppedWhileRunningIsTakenAtOnce) {
    const TempFolder folder;
    Config config = service_config(folder.path());
    config.spool.settle_ms = 3600000;  // so that only its arrival can have told
    config.spool.rescan_s = 86400;
    FakeService service(config);
    service.start();
    ASSERT_TRUE(service.wait_recovered());
    ASSERT_TRUE(
        service.ask([&](auto done) { service.storage().rescan([done] { done(nullptr); }); }).is_null());
    drop(config, "x.jpg");
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_TRUE(path_exists(service.result("x.jpg/result.json")));
}

TEST(Life, AResultThatWasReportedBeforeItsWorkerDiedIsPublished) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    constexpr std::size_t kFiles = 20;
    for (std::size_t i = 0; i < kFiles; ++i) {
        drop(config, "x" + std::to_string(i) + ".jpg");
    }
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == kFiles; }));
    for (const supervisor::QueuedTask& task : service.queued) {
        service.finish(task, Work::succeed);
    }
    service.storage().forget_generation(FakeService::kGeneration);
    ASSERT_TRUE(
        service.run_until([&] { return service.finished.size() + service.refused.size() == kFiles; }));
    EXPECT_TRUE(service.refused.empty()) << service.refused.front().second;
    EXPECT_TRUE(service.run_until([&] { return tree(config.service.results_dir + "/.tmp").empty(); }));
}

TEST(Life, AGroupOfResultsIsOnTheDiskBeforeAnyOfThemHasItsName) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    constexpr int kFiles = 20;
    drop_numbered(config, kFiles);
    std::mutex mutex;
    std::uint64_t syncs = 0;
    std::map<std::string, std::uint64_t, std::less<>> syncs_before_report;
    int published = 0;
    int published_unsynced = 0;
    const std::string generation =
        config.service.results_dir + "/.tmp/" + generation_text(FakeService::kGeneration) + "/";
    fs::set_fault_hook([&](std::string_view call, std::string_view name) {
        const std::lock_guard lock(mutex);
        syncs += call == "syncfs" || call == "fsync" ? 1 : 0;
        const auto reported = syncs_before_report.find(name);
        if (call == "renameat2" && reported != syncs_before_report.end() &&
            path_exists(generation + std::string(name))) {
            ++published;
            published_unsynced += reported->second == syncs ? 1 : 0;
        }
        return 0;
    });
    FakeService service(config);
    service.work = [&](const supervisor::QueuedTask& task) {
        const std::lock_guard lock(mutex);
        syncs_before_report[task.id.text()] = syncs;
        return Work::succeed;
    };
    service.start();
    const bool finished = service.wait_for_finished(kFiles);
    service.stop();
    fs::set_fault_hook({});
    ASSERT_TRUE(finished);
    EXPECT_EQ(published, kFiles);
    EXPECT_EQ(published_unsynced, 0);
}

TEST(Life, AGroupWhoseSyncFailedIsSyncedFileByFileAndPublished) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    constexpr int kFiles = 20;
    drop_numbered(config, kFiles);
    std::mutex mutex;
    bool reported = false;
    bool failed_once = false;
    bool synced_as_a_whole = false;
    int result_files_synced = 0;
    fs::set_fault_hook([&](std::string_view call, std::string_view name) {
        const std::lock_guard lock(mutex);
        synced_as_a_whole = synced_as_a_whole || call == "syncfs";
        if (call == "syncfs" && reported && !failed_once) {
            failed_once = true;
            return EIO;
        }
        result_files_synced += call == "openat" && name == "mesh.obj" && failed_once ? 1 : 0;
        return 0;
    });
    FakeService service(config);
    service.work = [&](const auto&) {
        const std::lock_guard lock(mutex);
        reported = true;
        return Work::succeed;
    };
    service.start();
    const bool finished = service.wait_for_finished(kFiles);
    service.stop();
    fs::set_fault_hook({});
    ASSERT_TRUE(finished);
    if (!synced_as_a_whole) {
        GTEST_SKIP() << "on this file system files are synced one by one anyway";
    }
    EXPECT_TRUE(failed_once);
    EXPECT_GT(result_files_synced, 0);
    EXPECT_TRUE(service.problems_ever.contains("disk_full"));
    for (int i = 0; i < kFiles; ++i) {
        EXPECT_TRUE(path_exists(service.result("x" + std::to_string(i) + ".jpg/mesh.obj")));
    }
}

TEST(Life, AFailedTaskKeepsItsOriginalWithTheErrorBesideIt) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "x.jpg", "bad");
    FakeService service(config);
    service.work = [](const auto&) { return Work::fail; };
    service.start();
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_EQ(service.finished[0].state, FinalState::failed);
    EXPECT_EQ(service.finished[0].error->code, ErrorCode::no_face);
    EXPECT_EQ(read_file(service.spool("failed/x.jpg")), "bad");
    const auto error = nlohmann::json::parse(read_file(service.spool("failed/x.jpg.error.json")));
    EXPECT_EQ(error["code"], "no_face");
    EXPECT_EQ(error["class"], "permanent");
    EXPECT_EQ(error["stage"], "in decode");
    EXPECT_EQ(error["attempts"], 1);
    EXPECT_TRUE(error["signal"].is_null());
}

TEST(Life, ASecondImageOfTheSameNameGetsTheNextNumber) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    FakeService service(config);
    service.start();
    drop(config, "x.jpg", "first");
    ASSERT_TRUE(service.wait_for_finished(1));
    drop(config, "x.jpg", "second");
    ASSERT_TRUE(service.wait_for_finished(2));
    EXPECT_EQ(service.finished[1].result_dir, service.result("x.jpg~2"));
    EXPECT_EQ(read_file(service.spool("done/x.jpg")), "first");
    EXPECT_EQ(read_file(service.spool("done/x.jpg~2")), "second");
}

TEST(Life, ANameThatSomebodyTookMeanwhileIsNotOverwritten) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "x.jpg");
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 1; }));
    folder.write("results/x.jpg/note.txt", "mine");
    service.finish(service.queued[0], Work::succeed);
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_EQ(service.finished[0].result_dir, service.result("x.jpg~2"));
    EXPECT_EQ(folder.read("results/x.jpg/note.txt"), "mine");
}

TEST(Life, AnOriginalWhosePlaceIsTakenGetsAnotherName) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "x.jpg", "ours");
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 1; }));
    folder.write("spool/done/x.jpg", "theirs");
    service.finish(service.queued[0], Work::succeed);
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_EQ(folder.read("spool/done/x.jpg"), "theirs");
    EXPECT_EQ(folder.read("spool/done/x.jpg~2"), "ours");
}

TEST(Life, OriginalsAreDeletedWhenTheConfigurationSaysSo) {
    const TempFolder folder;
    Config config = service_config(folder.path());
    config.service.originals = "delete";
    drop(config, "good.jpg");
    drop(config, "bad.jpg");
    FakeService service(config);
    service.work = [](const auto& task) { return task.image_bytes == 3 ? Work::fail : Work::succeed; };
    drop(config, "bad.jpg", "bad");
    service.start();
    ASSERT_TRUE(service.wait_for_finished(2));
    EXPECT_TRUE(tree(service.spool("done")).empty());
    EXPECT_TRUE(path_exists(service.spool("failed/bad.jpg")));  // failed ones are always kept
    EXPECT_TRUE(tree(service.spool("claimed")).empty());
}

TEST(Life, AResultThatIsNotWhatWasReportedIsRefusedAndTheTaskStaysWithTheLoop) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "x.jpg");
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 1; }));
    supervisor::DoneTask lie = service.compute(service.queued[0]);
    lie.report.output_bytes[1] += 1;
    service.storage().finish_done(lie);
    ASSERT_TRUE(service.run_until([&] { return service.refused.size() == 1; }));
    EXPECT_NE(service.refused[0].second.find("mesh.obj"), std::string::npos);
    service.finish(service.queued[0], Work::succeed);
    ASSERT_TRUE(service.wait_for_finished(1));
    EXPECT_EQ(service.finished[0].state, FinalState::done);
}

TEST(Life, AttemptsAndTheirErrorsAreDurableBeforeTheLoopIsTold) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "x.jpg");
    TaskId id;
    {
        FakeService service(config);
        service.work = [](const auto&) { return Work::leave; };
        service.start();
        ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 1; }));
        id = service.queued[0].id;
        supervisor::TaskError error;
        error.code = ErrorCode::worker_crashed;
        error.signal = 11;
        error.message = "worker 0 died";
        service.storage().commit_attempt(id, 2, {error});
        ASSERT_TRUE(service.run_until([&] { return !service.attempts_committed.empty(); }));
        EXPECT_EQ(service.attempts_committed[0], id);
    }
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 1; }));
    EXPECT_EQ(service.queued[0].attempts, 2U);
    const auto shown = service.ask([&](auto done) { service.storage().show(id.text(), done); });
    ASSERT_EQ(shown["history"].size(), 1U);
    EXPECT_EQ(shown["history"][0]["code"], "worker_crashed");
    EXPECT_EQ(shown["history"][0]["signal"], 11);
    EXPECT_EQ(shown["history"][0]["attempt"], 2);
}

TEST(Life, NoMoreThanActiveLimitTasksAreClaimedAndTheRestIsCounted) {
    const TempFolder folder;
    Config config = service_config(folder.path());
    config.spool.active_limit = 3;
    for (int i = 0; i < 8; ++i) {
        drop(config, "x" + std::to_string(i) + ".jpg");
    }
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 3 && service.counts.waiting == 5; }));
    service.finish(service.queued[0], Work::succeed);
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 4 && service.counts.waiting == 4; }));
    EXPECT_EQ(service.counts.done, 1U);
}

TEST(Life, ABulkFolderDoesNotKeepASmallOneWaiting) {
    const TempFolder folder;
    Config config = service_config(folder.path());
    config.spool.active_limit = 4;
    for (int i = 0; i < 20; ++i) {
        drop(config, "bulk/x" + std::to_string(i) + ".jpg");
    }
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 4; }));
    drop(config, "small/a.jpg");
    ASSERT_TRUE(service.run_until([&] { return service.counts.waiting == 17; }));
    // A file found in a new folder must hold still between two looks before it may be claimed at all.
    const auto settled =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(4 * config.spool.settle_ms + 200);
    ASSERT_TRUE(service.run_until([&] { return std::chrono::steady_clock::now() >= settled; }));
    service.finish(service.queued[0], Work::succeed);
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 5; }));
    EXPECT_EQ(service.queued[4].top_folder, "small");
}

TEST(Life, NothingIsClaimedWhileIntakeIsClosed) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "x.jpg");
    FakeService service(config);
    service.start(false);
    ASSERT_TRUE(service.run_until([&] { return service.counts.waiting == 1; }));
    EXPECT_TRUE(service.queued.empty());
    service.storage().set_intake(true);
    ASSERT_TRUE(service.wait_for_finished(1));
}

TEST(Life, AResultThatNobodyWantsIsRemovedFromTheWorkersFolder) {
    const TempFolder folder;
    const Config config = service_config(folder.path());
    drop(config, "x.jpg");
    FakeService service(config);
    service.work = [](const auto&) { return Work::leave; };
    service.start();
    ASSERT_TRUE(service.run_until([&] { return service.queued.size() == 1; }));
    const supervisor::DoneTask done = service.compute(service.queued[0]);
    service.storage().discard_result(done.generation, done.id);
    service.finish(service.queued[0], Work::fail);
    ASSERT_TRUE(service.wait_for_finished(1));
    ASSERT_TRUE(service.run_until([&] {
        service.storage().set_intake(true);  // a turn of the thread
        return tree(service.result(".tmp/0000000000001234")).empty();
    }));
}

}  // namespace
}  // namespace hrn::test
