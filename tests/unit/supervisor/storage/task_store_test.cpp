#include "supervisor/storage/task_store.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::supervisor::storage {
namespace {

class TaskStoreTest : public testing::Test {
protected:
    TaskRow made(const std::string& source, TaskEvent event = TaskEvent::accept) {
        TaskRow row;
        row.id = TaskId::generate();
        row.source = row.result = source;
        row.priority = ++priority;
        Transaction transaction(store.database());
        row.state = store.insert(row, event);
        transaction.commit();
        return row;
    }
    void advance(TaskRow& row, TaskEvent event) {
        Transaction transaction(store.database());
        row.state = store.update(row, event);
        transaction.commit();
    }

    test::TempFolder folder;
    TaskStore store{folder.path("tasks.db")};
    std::int64_t priority = 0;
};

TEST_F(TaskStoreTest, KeepsNamesAsBytes) {
    const std::string name = std::string("a\n\"'\xff\xfe/x\x01.jpg");
    const TaskRow row = made(name);
    EXPECT_EQ(store.find(row.id)->source, name);
    EXPECT_EQ(store.find(row.id)->result, name);
}

TEST_F(TaskStoreTest, KeepsEverythingThatATaskIs) {
    TaskRow row = made("x.jpg");
    row.attempts = 3;
    row.worker = 2;
    row.device = "GPU-1";
    row.seconds = 1.5;
    row.stage_us = {0, 1, 0xfffffffe, 3, 4};
    row.error = R"({"code":"no_face"})";
    row.history = R"([{"code":"timeout"}])";
    row.original = "x.jpg~2";
    row.image_bytes = 123456789012;
    row.finished_ms = 1700000000000;
    advance(row, TaskEvent::record_failed);
    const TaskRow read = store.find(row.id).value();
    EXPECT_EQ(read.state, TaskState::failed);
    EXPECT_EQ(read.attempts, 3U);
    EXPECT_EQ(read.worker, 2);
    EXPECT_EQ(read.device, "GPU-1");
    EXPECT_EQ(read.seconds, 1.5);
    EXPECT_EQ(read.stage_us, row.stage_us);
    EXPECT_EQ(read.error, row.error);
    EXPECT_EQ(read.history, row.history);
    EXPECT_EQ(read.original_name(), "x.jpg~2");
    EXPECT_EQ(read.image_bytes, row.image_bytes);
    EXPECT_EQ(read.finished_ms, row.finished_ms);
}

TEST_F(TaskStoreTest, AForbiddenEdgeIsRefusedAndChangesNothing) {
    TaskRow row = made("x.jpg");
    EXPECT_THROW(advance(row, TaskEvent::settle), std::logic_error);
    EXPECT_EQ(store.find(row.id)->state, TaskState::queued);
}

TEST_F(TaskStoreTest, ARolledBackTransactionLeavesNothing) {
    TaskRow row = made("x.jpg");
    {
        Transaction transaction(store.database());
        store.update(row, TaskEvent::record_done);
    }
    EXPECT_EQ(store.find(row.id)->state, TaskState::queued);
}

TEST_F(TaskStoreTest, CountsTheSettledOnesThroughEveryWay) {
    TaskRow done = made("a.jpg");
    advance(done, TaskEvent::record_done);
    EXPECT_EQ(store.totals().done, 0);
    advance(done, TaskEvent::settle);
    EXPECT_EQ(store.totals().done, 1);
    TaskRow failed = made("b.jpg");
    advance(failed, TaskEvent::record_failed);
    advance(failed, TaskEvent::settle);
    EXPECT_EQ(store.totals().failed, 1);
    advance(failed, TaskEvent::retry);
    EXPECT_EQ(store.totals().failed, 0);
    made("c.jpg", TaskEvent::rebuild_quarantined);
    EXPECT_EQ(store.totals().quarantined, 1);
    Transaction transaction(store.database());
    store.remove(done);
    transaction.commit();
    EXPECT_EQ(store.totals().done, 0);
}

TEST_F(TaskStoreTest, TheUnsettledAreFoundWithoutThoseThatAreSettled) {
    made("done.jpg", TaskEvent::rebuild_done);
    const TaskRow queued = made("queued.jpg");
    TaskRow retrying = made("retrying.jpg", TaskEvent::rebuild_failed);
    advance(retrying, TaskEvent::retry);
    std::vector<TaskId> found;
    store.for_each_unsettled([&](TaskRow&& row) { found.push_back(row.id); });
    EXPECT_EQ(found, (std::vector<TaskId>{queued.id, retrying.id}));
}

TEST_F(TaskStoreTest, ARowThatExistsIsNotRebuiltOver) {
    TaskRow row = made("x.jpg");
    TaskRow again = row;
    again.state = TaskState::absent;
    Transaction transaction(store.database());
    EXPECT_FALSE(store.insert_if_absent(again, TaskEvent::rebuild_done));
    transaction.commit();
    EXPECT_EQ(store.find(row.id)->state, TaskState::queued);
    EXPECT_EQ(store.totals().done, 0);
}

TEST_F(TaskStoreTest, FactsAreKept) {
    EXPECT_FALSE(store.fact("paused"));
    store.set_fact("paused", "1");
    store.set_fact("paused", "0");
    EXPECT_EQ(store.fact("paused"), "0");
}

TEST_F(TaskStoreTest, AStateThatMakesNoSenseIsDamage) {
    const TaskRow row = made("x.jpg");
    store.database().execute("UPDATE tasks SET state = 99");
    try {
        static_cast<void>(store.find(row.id));
        FAIL();
    } catch (const StoreError& error) {
        EXPECT_TRUE(error.is_corrupt());
    }
}

}  // namespace
}  // namespace hrn::supervisor::storage
