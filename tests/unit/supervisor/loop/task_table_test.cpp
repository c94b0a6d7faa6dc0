#include "supervisor/loop/task_table.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace hrn::supervisor {
namespace {

using std::chrono::seconds;

QueuedTask task(int number, std::int64_t order, bool held = false) {
    QueuedTask task;
    task.id.bytes[15] = static_cast<std::uint8_t>(number);
    task.order = order;
    task.held = held;
    return task;
}
TaskId id_of(int number) {
    return task(number, 0).id;
}

class TaskTableTest : public testing::Test {
protected:
    void add(int number, std::int64_t order, bool held = false, bool suspect = false) {
        EXPECT_TRUE(table_.add(task(number, order, held), suspect));
    }
    TaskEntry& at(int number) { return *table_.find(id_of(number)); }
    int next() {
        const TaskEntry* entry = table_.next();
        return entry == nullptr ? 0 : entry->task.id.bytes[15];
    }
    TaskTable table_;
    TimePoint now_{seconds(100)};
};

TEST_F(TaskTableTest, GivesTheTaskWithTheSmallestOrderFirst) {
    add(1, 30);
    add(2, 10);
    add(3, 20);
    EXPECT_EQ(next(), 2);
    table_.start_running(at(2), 0, now_);
    EXPECT_EQ(next(), 3);
}

TEST_F(TaskTableTest, PutsABumpedTaskBeforeAnyFolderClass) {
    table_.set_classes({{"web", 1, 5}});
    QueuedTask web = task(1, 1);
    web.top_folder = "web";
    table_.add(web, false);
    add(2, 2);
    EXPECT_EQ(next(), 1);
    table_.change(task(2, 0));
    EXPECT_EQ(next(), 2);
}

TEST_F(TaskTableTest, TakesATaskOnlyOnce) {
    add(1, 1);
    EXPECT_FALSE(table_.add(task(1, 5), false));
    EXPECT_EQ(table_.size(), 1U);
}

TEST_F(TaskTableTest, SkipsHeldTasksUntilTheyAreReleased) {
    add(1, 1, true);
    add(2, 2);
    EXPECT_EQ(next(), 2);
    EXPECT_EQ(table_.held(), 1U);
    table_.change(task(1, 1, false));
    EXPECT_EQ(next(), 1);
    EXPECT_EQ(table_.held(), 0U);
}

TEST_F(TaskTableTest, MovesATaskThatWasBumped) {
    add(1, 1);
    add(2, 2);
    table_.change(task(2, -5));
    EXPECT_EQ(next(), 2);
}

TEST_F(TaskTableTest, DoesNotQueueARunningTaskThatIsBumped) {
    add(1, 1);
    table_.start_running(at(1), 0, now_);
    table_.change(task(1, -5));
    EXPECT_EQ(next(), 0);
    table_.requeue(at(1));
    EXPECT_EQ(next(), 1);
}

TEST_F(TaskTableTest, KeepsSuspectsApart) {
    add(1, 1);
    add(2, 2, false, true);
    EXPECT_EQ(next(), 1);
    ASSERT_NE(table_.next_suspect(), nullptr);
    EXPECT_EQ(table_.next_suspect()->task.id, id_of(2));
    table_.set_suspect(at(1), true);
    EXPECT_EQ(next(), 0);
    table_.set_suspect(at(2), false);
    EXPECT_EQ(next(), 2);
}

TEST_F(TaskTableTest, KnowsWhetherASuspectIsUnderWay) {
    add(1, 1, false, true);
    EXPECT_FALSE(table_.solo_under_way());
    table_.start_committing(at(1));
    EXPECT_TRUE(table_.solo_under_way());
    table_.start_running(at(1), 0, now_);
    EXPECT_TRUE(table_.solo_under_way());
    table_.set_suspect(at(1), false);
    EXPECT_FALSE(table_.solo_under_way());
}

TEST_F(TaskTableTest, LetsAFailedTaskRestUntilItsTime) {
    add(1, 1);
    table_.start_running(at(1), 0, now_);
    table_.rest(at(1), now_ + seconds(5));
    EXPECT_EQ(next(), 0);
    EXPECT_FALSE(table_.wake_rested(now_ + seconds(4)));
    EXPECT_TRUE(table_.wake_rested(now_ + seconds(5)));
    EXPECT_EQ(next(), 1);
}

TEST_F(TaskTableTest, CountsWhatRunsAndWhatIsQueued) {
    add(1, 1);
    add(2, 2);
    add(3, 3);
    table_.start_running(at(1), 0, now_);
    table_.start_running(at(2), 0, now_);
    table_.start_finishing(at(2));
    EXPECT_EQ(table_.running(), 2U);
    EXPECT_EQ(table_.finishing(), 1U);
    EXPECT_EQ(table_.queued(), 1U);
    table_.erase(id_of(2));
    EXPECT_EQ(table_.running(), 1U);
    EXPECT_EQ(table_.finishing(), 0U);
    table_.requeue(at(1));
    EXPECT_EQ(table_.running(), 0U);
    EXPECT_EQ(table_.queued(), 2U);
}

TEST_F(TaskTableTest, ForgetsAnErasedTaskWhereverItWas) {
    add(1, 1);
    add(2, 2, true);
    add(3, 3, false, true);
    add(4, 4);
    table_.start_running(at(4), 0, now_);
    table_.rest(at(4), now_);
    for (int number = 1; number <= 4; ++number) {
        table_.erase(id_of(number));
    }
    EXPECT_EQ(next(), 0);
    EXPECT_EQ(table_.next_suspect(), nullptr);
    EXPECT_EQ(table_.held(), 0U);
    EXPECT_FALSE(table_.wake_rested(now_ + seconds(9)));
}

TEST_F(TaskTableTest, ListsTheRunningOnesNewestFirst) {
    for (int number = 1; number <= 3; ++number) {
        add(number, number);
        table_.start_running(at(number), 0, now_);
    }
    EXPECT_EQ(table_.running_ids(), (std::vector<TaskId>{id_of(3), id_of(2), id_of(1)}));
}

TEST_F(TaskTableTest, RefusesChangesThatDoNotFitThePhase) {
    add(1, 1);
    EXPECT_THROW(table_.start_committing(at(1)), std::logic_error);
    table_.start_running(at(1), 0, now_);
    EXPECT_THROW(table_.start_running(at(1), 0, now_), std::logic_error);
    table_.start_finishing(at(1));
    EXPECT_THROW(table_.start_finishing(at(1)), std::logic_error);
}

}  // namespace
}  // namespace hrn::supervisor
