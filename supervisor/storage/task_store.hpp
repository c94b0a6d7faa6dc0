// The durable tasks: every statement that changes a row or finds one by id. Owned by the storage thread; the
// listings for people are in task_view.hpp, on a connection of their own.
//
// Changes happen inside a Transaction of database() that the caller opens (group commit) and are checked
// against the table of task_state.hpp: a forbidden edge throws std::logic_error, our bug. Everything else
// that fails is a StoreError.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/storage/sqlite.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

// For statements that read whole rows: "SELECT <columns>" + from, whose rows row_of() takes apart. A row that
// makes no sense is a StoreError that is_corrupt().
[[nodiscard]] std::string select_rows(const char* from);
[[nodiscard]] TaskRow row_of(const Statement& statement);
[[nodiscard]] TaskId id_of(const std::string& bytes);

struct StoreTotals {
    std::int64_t done = 0, failed = 0, quarantined = 0;  // settled ones
};

class TaskStore {
public:
    // Opens or makes the file, without judging its health (store_file.hpp does).
    explicit TaskStore(const std::string& path);

    [[nodiscard]] Database& database() { return database_; }

    // --- reading -------------------------------------------------------------------------------------
    [[nodiscard]] std::optional<TaskRow> find(const TaskId& id);
    // Every row that is not settled, in the order of their ids.
    void for_each_unsettled(const std::function<void(TaskRow&&)>& visit);
    // Up to `limit` rows of one settled state behind `after`, in the order of their ids.
    [[nodiscard]] std::vector<TaskRow> settled_page(TaskState state, const TaskId& after, int limit);
    [[nodiscard]] StoreTotals totals();
    [[nodiscard]] std::int64_t lowest_priority();   // of unsettled rows; 0 if none
    [[nodiscard]] std::int64_t highest_priority();  // likewise
    [[nodiscard]] std::optional<std::string> fact(const std::string& name);

    // --- changing, inside a transaction -------------------------------------------------------------
    // `event` leads from `row.state` to the state that is stored and returned. The caller takes it over once
    // the transaction is committed: until then a rollback must leave its row as it was.
    TaskState insert(const TaskRow& row, TaskEvent event);
    // As insert, but a row of that id that exists already is left alone; false then.
    bool insert_if_absent(const TaskRow& row, TaskEvent event);
    TaskState update(const TaskRow& row, TaskEvent event);  // everything but the id
    void update_attempts(const TaskId& id, std::uint32_t attempts, const std::string& history);
    void update_priority(const TaskId& id, std::int64_t priority);
    void update_result(const TaskId& id, const std::string& result);
    void update_original(const TaskId& id, const std::string& original);
    void remove(const TaskRow& row);
    void set_fact(const std::string& name, const std::string& value);

private:
    void count(TaskState state, int difference);
    void bind_and_run(Statement& statement, const TaskRow& row, TaskState state);

    Database database_;
    Statement find_, insert_, insert_if_absent_, update_, attempts_, priority_, result_, original_, remove_,
        fact_, set_fact_, count_;
};

}  // namespace hrn::supervisor::storage
