#include "supervisor/storage/task_view.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "supervisor/storage/task_store.hpp"
#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::supervisor::storage {
namespace {

using nlohmann::json;

class TaskViewTest : public testing::Test {
protected:
    TaskRow made(const std::string& id, const std::string& source, TaskEvent event = TaskEvent::accept) {
        TaskRow row;
        row.id = TaskId::parse(id).value();
        row.source = row.result = source;
        row.claimed_ms = 1000;
        Transaction transaction(store.database());
        row.state = store.insert(row, event);
        transaction.commit();
        return row;
    }
    static std::string id(char last) { return std::string("01900000-0000-7000-8000-00000000000") + last; }

    test::TempFolder folder;
    TaskStore store{folder.path("tasks.db")};
    TaskView view{folder.path("tasks.db"), "/results"};
};

TEST_F(TaskViewTest, ShowsATaskByAUniquePrefix) {
    made(id('1'), "a/x.jpg");
    const json task = view.show("01900000-0000-7");
    EXPECT_EQ(task["id"], id('1'));
    EXPECT_EQ(task["path"], "a/x.jpg");
    EXPECT_EQ(task["state"], "queued");
    EXPECT_EQ(task["held"], false);
    EXPECT_TRUE(task["error"].is_null());
    EXPECT_TRUE(task["result_dir"].is_null());
    EXPECT_TRUE(task["seconds"].is_null());
    EXPECT_EQ(task["history"], json::array());
    EXPECT_EQ(task["claimed_at"], "1970-01-01T00:00:01.000Z");
    EXPECT_FALSE(task.contains("path_bytes"));
}

TEST_F(TaskViewTest, AFinishedTaskHasItsResultDirectory) {
    made(id('1'), "a/x.jpg", TaskEvent::rebuild_done);
    EXPECT_EQ(view.show(id('1'))["result_dir"], "/results/a/x.jpg");
}

TEST_F(TaskViewTest, ANameThatIsNotUtf8HasATwin) {
    made(id('1'), "\xff.jpg");
    const json task = view.show(id('1'));
    EXPECT_EQ(task["path"], "\xef\xbf\xbd.jpg");
    EXPECT_EQ(task["path_bytes"], "/y5qcGc=");
}

TEST_F(TaskViewTest, TellsWhatIsWrongWithAnId) {
    made(id('1'), "a.jpg");
    made(id('2'), "b.jpg");
    EXPECT_EQ(view.show("0190")["error"]["code"], "ambiguous");
    EXPECT_EQ(view.show("ffff")["error"]["code"], "not_found");
    EXPECT_EQ(view.show("019")["error"]["code"], "bad_request");
    EXPECT_EQ(view.show("xyz!")["error"]["code"], "bad_request");
    EXPECT_EQ(view.show(id('1') + "0")["error"]["code"], "bad_request");
}

TEST_F(TaskViewTest, APrefixMayEndInTheMiddleOfAByte) {
    made("01900000-0000-7000-8000-000000000010", "a.jpg");
    made("01900000-0000-7000-8000-000000000020", "b.jpg");
    EXPECT_EQ(view.show("01900000-0000-7000-8000-00000000002")["path"], "b.jpg");
}

TEST_F(TaskViewTest, ListsTheNewestFirstInPages) {
    for (char c = '1'; c <= '5'; ++c) {
        made(id(c), std::string("x") + c + ".jpg");
    }
    const json first = view.list({std::nullopt, 2, std::nullopt});
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0]["id"], id('5'));
    const json next = view.list({std::nullopt, 100, first[1]["id"].get<std::string>()});
    ASSERT_EQ(next.size(), 3U);
    EXPECT_EQ(next[0]["id"], id('3'));
}

TEST_F(TaskViewTest, ListsOneState) {
    made(id('1'), "a.jpg");
    made(id('2'), "b.jpg", TaskEvent::rebuild_failed);
    made(id('3'), "c.jpg", TaskEvent::rebuild_quarantined);
    made(id('4'), "d.jpg", TaskEvent::rebuild_done);
    for (const auto& [state, last] : std::vector<std::pair<std::string, char>>{
             {"queued", '1'}, {"failed", '2'}, {"quarantined", '3'}, {"done", '4'}}) {
        const json tasks = view.list({state, 100, std::nullopt});
        ASSERT_EQ(tasks.size(), 1U) << state;
        EXPECT_EQ(tasks[0]["id"], id(last));
        EXPECT_EQ(tasks[0]["state"], state);
    }
    EXPECT_EQ(view.list({"sleeping", 100, std::nullopt})["error"]["code"], "bad_request");
}

TEST_F(TaskViewTest, FindsTheNewestTaskOfAPathSinceATime) {
    made("01900000-0000-7000-8000-000000000001", "x.jpg");
    made("01900000-1000-7000-8000-000000000002", "x.jpg");
    made("01900000-1000-7000-8000-000000000003", "y.jpg");
    const std::int64_t since = 0x019000001000;
    const json found = view.find_claimed({"x.jpg", "z.jpg", "y.jpg"}, since);
    EXPECT_EQ(found[0], "01900000-1000-7000-8000-000000000002");
    EXPECT_TRUE(found[1].is_null());
    EXPECT_EQ(found[2], "01900000-1000-7000-8000-000000000003");
    EXPECT_TRUE(view.find_claimed({"x.jpg"}, since + 1)[0].is_null());
}

}  // namespace
}  // namespace hrn::supervisor::storage
