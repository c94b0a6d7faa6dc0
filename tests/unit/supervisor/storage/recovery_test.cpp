// What the start-up function does with everything that an earlier life can have left behind: a row per case
// of design.md 4, each made by hand in the folders and the store.
#include "supervisor/storage/recovery.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "supervisor/storage/claim_folder.hpp"
#include "supervisor/storage/settle.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::supervisor::storage {
namespace {

using test::TempFolder;

class RecoveryTest : public testing::Test {
protected:
    RecoveryTest()
        : config(test::service_config(temp.path())),
          folders(config.service, false),
          store(temp.path("tasks.db")) {}

    // claimed/ID/ as a claim leaves it; `image` false: interrupted before the rename.
    void claim(const std::string& rel, bool image = true) {
        static_cast<void>(make_claim_folder(folders.claimed.get(), {id, rel, 1000}, false));
        if (image) {
            temp.write("spool/claimed/" + id.text() + "/image", "bytes");
        }
    }
    TaskRow row(const std::string& rel, std::initializer_list<TaskEvent> events) {
        TaskRow made;
        made.id = id;
        made.source = made.result = rel;
        made.priority = 5;
        made.claimed_ms = 1000;
        made.error = error_json({ErrorCode::no_face, "no face", 0, "in decode", 0, "cpu", 0});
        Transaction transaction(store.database());
        for (const TaskEvent event : events) {
            made.state =
                made.state == TaskState::absent ? store.insert(made, event) : store.update(made, event);
        }
        transaction.commit();
        return made;
    }
    void result(const std::string& name) {
        temp.write("results/" + name + "/result.json", R"({"id": ")" + id.text() + R"(", "device": "cpu"})");
    }
    RecoveredTasks recover() { return recover_everything(folders, store, names, next_priority); }
    bool claim_exists() const { return temp.exists("spool/claimed/" + id.text()); }
    TaskState state() { return store.find(id)->state; }

    TempFolder temp;
    Config config;
    Folders folders;
    TaskStore store;
    NameReservations names;
    std::int64_t next_priority = 1;
    TaskId id = TaskId::generate();
};

TEST_F(RecoveryTest, AClaimWithoutARowIsAdoptedUnderTheSameId) {
    claim("a/x.jpg");
    const RecoveredTasks recovered = recover();
    ASSERT_EQ(recovered.queued.size(), 1U);
    EXPECT_EQ(recovered.queued[0].id, id);
    EXPECT_EQ(recovered.queued[0].source, "a/x.jpg");
    EXPECT_EQ(recovered.queued[0].result, "a/x.jpg");
    EXPECT_EQ(recovered.queued[0].image_bytes, 5U);
    EXPECT_EQ(recovered.counts.adopted, 1U);
    EXPECT_EQ(state(), TaskState::queued);
}

TEST_F(RecoveryTest, AClaimWithoutAnImageIsRemoved) {
    claim("x.jpg", false);
    EXPECT_TRUE(recover().queued.empty());
    EXPECT_FALSE(claim_exists());
    EXPECT_FALSE(store.find(id));
}

TEST_F(RecoveryTest, AClaimWithoutARowWhoseResultIsThereIsDone) {
    claim("x.jpg");
    temp.write("results/x.jpg/result.json", R"({"id": "01900000-0000-7000-8000-000000000001"})");
    result("x.jpg~2");
    const RecoveredTasks recovered = recover();
    ASSERT_EQ(recovered.to_settle.size(), 1U);
    EXPECT_EQ(recovered.to_settle[0].result, "x.jpg~2");
    EXPECT_EQ(state(), TaskState::done);
}

TEST_F(RecoveryTest, AClaimWhoseRecordWasCutOffStillBecomesATask) {
    claim("x.jpg");
    temp.write("spool/claimed/" + id.text() + "/task.json", "");
    const RecoveredTasks recovered = recover();
    ASSERT_EQ(recovered.queued.size(), 1U);
    EXPECT_EQ(recovered.queued[0].source, "recovered-" + id.text());
}

TEST_F(RecoveryTest, ARecordThatPointsOutOfTheFoldersIsNotBelieved) {
    claim("x.jpg");
    temp.write("spool/claimed/" + id.text() + "/task.json",
               R"({"source_bytes": "Li4vLi4vZXRjL3g=", "time_ms": 1})");  // ../../etc/x
    ASSERT_EQ(recover().queued.size(), 1U);
    EXPECT_EQ(store.find(id)->source, "recovered-" + id.text());
}

TEST_F(RecoveryTest, ALinkLeftInIncomingIsRemovedSoThatItIsNotDoneTwice) {
    claim("x.jpg");
    ASSERT_EQ(::link(temp.path("spool/claimed/" + id.text() + "/image").c_str(),
                     temp.path("spool/incoming/x.jpg").c_str()),
              0);
    EXPECT_EQ(recover().queued.size(), 1U);
    EXPECT_FALSE(temp.exists("spool/incoming/x.jpg"));
}

TEST_F(RecoveryTest, AQueuedTaskIsQueuedAgain) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept});
    const RecoveredTasks recovered = recover();
    ASSERT_EQ(recovered.queued.size(), 1U);
    EXPECT_EQ(recovered.counts.requeued, 1U);
    EXPECT_EQ(recovered.queued[0].priority, 5);
}

TEST_F(RecoveryTest, AHeldTaskStaysHeld) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept, TaskEvent::hold});
    EXPECT_EQ(recover().queued.at(0).state, TaskState::held);
}

TEST_F(RecoveryTest, AQueuedTaskWhoseResultIsThereIsDoneEvenWithItsImageStillClaimed) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept});
    result("x.jpg");
    EXPECT_EQ(recover().to_settle.size(), 1U);
    EXPECT_EQ(state(), TaskState::done);
}

TEST_F(RecoveryTest, AForeignResultAtTheReservedNameProvesNothing) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept});
    temp.write("results/x.jpg/result.json", R"({"id": "01900000-0000-7000-8000-000000000001"})");
    EXPECT_EQ(recover().queued.size(), 1U);
}

TEST_F(RecoveryTest, ARecordedTaskHasOnlyItsMoveToFinish) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept, TaskEvent::record_quarantined});
    const RecoveredTasks recovered = recover();
    ASSERT_EQ(recovered.to_settle.size(), 1U);
    EXPECT_EQ(recovered.to_settle[0].state, TaskState::quarantined);
    EXPECT_TRUE(recovered.queued.empty());
}

TEST_F(RecoveryTest, AnOriginalThatIsNowhereFailsItsTask) {
    row("x.jpg", {TaskEvent::accept});
    const RecoveredTasks recovered = recover();
    ASSERT_EQ(recovered.to_settle.size(), 1U);
    EXPECT_NE(recovered.to_settle[0].error.find("original_missing"), std::string::npos);
    EXPECT_EQ(recovered.counts.lost_original, 1U);
}

TEST_F(RecoveryTest, AnOriginalAlreadyInFailedEndsWithTheErrorBesideIt) {
    row("x.jpg", {TaskEvent::accept});
    temp.write("spool/failed/x.jpg", "bytes");
    temp.write("spool/failed/x.jpg.error.json", R"({"code": "poison", "message": "m", "quarantined": true})");
    ASSERT_EQ(recover().to_settle.size(), 1U);
    EXPECT_EQ(state(), TaskState::quarantined);
    EXPECT_NE(store.find(id)->error.find("poison"), std::string::npos);
}

TEST_F(RecoveryTest, AnOriginalAlreadyInDoneIsDone) {
    row("x.jpg", {TaskEvent::accept});
    temp.write("spool/done/x.jpg", "bytes");
    ASSERT_EQ(recover().to_settle.size(), 1U);
    EXPECT_EQ(state(), TaskState::done);
}

TEST_F(RecoveryTest, ARetryThatGotItsImageBackGoesOn) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept, TaskEvent::record_failed, TaskEvent::settle, TaskEvent::retry});
    temp.write("spool/failed/x.jpg.error.json", "{}");
    const RecoveredTasks recovered = recover();
    ASSERT_EQ(recovered.queued.size(), 1U);
    EXPECT_EQ(recovered.queued[0].attempts, 0U);
    EXPECT_NE(recovered.queued[0].history.find("no_face"), std::string::npos);
    EXPECT_FALSE(temp.exists("spool/failed/x.jpg.error.json"));
    EXPECT_EQ(store.totals().failed, 0);
}

TEST_F(RecoveryTest, ARetryWhoseOriginalIsStillInFailedStaysAsItWas) {
    claim("x.jpg", false);
    row("x.jpg", {TaskEvent::accept, TaskEvent::record_quarantined, TaskEvent::settle, TaskEvent::retry});
    temp.write("spool/failed/x.jpg", "bytes");
    const RecoveredTasks recovered = recover();
    EXPECT_TRUE(recovered.queued.empty());
    EXPECT_TRUE(recovered.to_settle.empty());
    EXPECT_EQ(state(), TaskState::settled_quarantined);
    EXPECT_FALSE(claim_exists());
    EXPECT_EQ(store.totals().quarantined, 1);
}

TEST_F(RecoveryTest, AClaimFolderOfASettledTaskThatCameBackIsRemoved) {
    claim("x.jpg", false);
    row("x.jpg", {TaskEvent::accept, TaskEvent::record_done, TaskEvent::settle});
    EXPECT_TRUE(recover().to_settle.empty());
    EXPECT_FALSE(claim_exists());
    EXPECT_EQ(state(), TaskState::settled_done);
}

TEST_F(RecoveryTest, AnImageOfASettledTaskThatCameBackIsMovedAgain) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept, TaskEvent::record_done, TaskEvent::settle});
    EXPECT_TRUE(recover().queued.empty());
    EXPECT_TRUE(temp.exists("spool/done/x.jpg"));
    EXPECT_FALSE(claim_exists());
}

TEST_F(RecoveryTest, SomethingElseInClaimedIsLeft) {
    temp.write("spool/claimed/notes/readme", "x");
    EXPECT_TRUE(recover().queued.empty());
    EXPECT_TRUE(temp.exists("spool/claimed/notes/readme"));
}

TEST_F(RecoveryTest, RunningItTwiceChangesNothingMore) {
    claim("x.jpg");
    EXPECT_EQ(recover().counts.adopted, 1U);
    const RecoveredTasks again = recover();
    EXPECT_EQ(again.counts.adopted, 0U);
    EXPECT_EQ(again.counts.requeued, 1U);
    EXPECT_EQ(again.queued.at(0).result, "x.jpg");
}

TEST_F(RecoveryTest, NamesOfUnfinishedTasksAreReservedAgain) {
    claim("x.jpg");
    row("x.jpg", {TaskEvent::accept});
    static_cast<void>(recover());
    EXPECT_EQ(reserve_name(folders, names, "x.jpg", TaskId::generate()), "x.jpg~2");
}

}  // namespace
}  // namespace hrn::supervisor::storage
