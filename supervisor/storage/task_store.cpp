#include "supervisor/storage/task_store.hpp"

#include <sqlite3.h>

#include <stdexcept>

#include "supervisor/storage/schema.hpp"

namespace hrn::supervisor::storage {

namespace {

constexpr const char* kColumns =
    "id, state, source, result, original, priority, attempts, image_bytes, claimed_ms, finished_ms, worker, "
    "device, seconds, stages, error, history";

std::string text_of(const char* before, const char* after) {
    return std::string(before) + kColumns + after;
}

TaskState checked_next(const TaskRow& row, TaskEvent event) {
    const auto next = next_state(row.state, event);
    if (!next) {
        throw std::logic_error("task " + row.id.text() + ": " + std::string(event_name(event)) +
                               " in state " + std::string(state_name(row.state)));
    }
    return *next;
}

std::string stages_of(const TaskRow& row) {
    std::string bytes;
    for (const std::uint32_t value : row.stage_us) {
        for (int shift = 0; shift < 32; shift += 8) {
            bytes.push_back(static_cast<char>(value >> shift & 0xff));
        }
    }
    return bytes;
}

const char* total_name(TaskState state) {
    switch (state) {
        case TaskState::settled_done:
            return "total_done";
        case TaskState::settled_failed:
            return "total_failed";
        case TaskState::settled_quarantined:
            return "total_quarantined";
        default:
            return nullptr;
    }
}

Database opened(const std::string& path) {
    Database database(path, Database::Mode::create);
    prepare_schema(database, path);
    return database;
}

}  // namespace

std::string select_rows(const char* from) {
    return text_of("SELECT ", from);
}

TaskId id_of(const std::string& bytes) {
    TaskId id;
    if (bytes.size() != id.bytes.size()) {
        throw StoreError(SQLITE_CORRUPT, "task store: an id of " + std::to_string(bytes.size()) + " bytes");
    }
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
    return id;
}

TaskRow row_of(const Statement& statement) {
    TaskRow row;
    row.id = id_of(statement.bytes(0));
    const std::int64_t state = statement.integer(1);
    if (state <= 0 || state >= static_cast<std::int64_t>(kTaskStates)) {
        throw StoreError(SQLITE_CORRUPT, "task store: state " + std::to_string(state));
    }
    row.state = static_cast<TaskState>(state);
    row.source = statement.bytes(2);
    row.result = statement.bytes(3);
    row.original = statement.bytes(4);
    row.priority = statement.integer(5);
    row.attempts = static_cast<std::uint32_t>(statement.integer(6));
    row.image_bytes = static_cast<std::uint64_t>(statement.integer(7));
    row.claimed_ms = statement.integer(8);
    row.finished_ms = statement.integer(9);
    row.worker = statement.is_null(10) ? -1 : static_cast<int>(statement.integer(10));
    row.device = statement.bytes(11);
    row.seconds = statement.real(12);
    const std::string stages = statement.bytes(13);
    for (std::size_t i = 0; i < row.stage_us.size() && 4 * i + 3 < stages.size(); ++i) {
        for (int byte = 3; byte >= 0; --byte) {
            row.stage_us[i] = row.stage_us[i] << 8 | static_cast<std::uint8_t>(stages[4 * i + byte]);
        }
    }
    row.error = statement.bytes(14);
    row.history = statement.bytes(15);
    return row;
}

TaskStore::TaskStore(const std::string& path)
    : database_(opened(path)),
      find_(database_.prepare(text_of("SELECT ", " FROM tasks WHERE id = ?1").c_str())),
      insert_(database_.prepare(
          text_of("INSERT INTO tasks (",
                  ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")
              .c_str())),
      insert_if_absent_(database_.prepare(
          text_of("INSERT OR IGNORE INTO tasks (",
                  ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)")
              .c_str())),
      update_(database_.prepare(
          "UPDATE tasks SET state = ?2, source = ?3, result = ?4, original = ?5, priority = ?6, attempts = "
          "?7, "
          "image_bytes = ?8, claimed_ms = ?9, finished_ms = ?10, worker = ?11, device = ?12, seconds = ?13, "
          "stages = ?14, error = ?15, history = ?16 WHERE id = ?1")),
      attempts_(database_.prepare("UPDATE tasks SET attempts = ?2, history = ?3 WHERE id = ?1")),
      priority_(database_.prepare("UPDATE tasks SET priority = ?2 WHERE id = ?1")),
      result_(database_.prepare("UPDATE tasks SET result = ?2 WHERE id = ?1")),
      original_(database_.prepare("UPDATE tasks SET original = ?2 WHERE id = ?1")),
      remove_(database_.prepare("DELETE FROM tasks WHERE id = ?1")),
      fact_(database_.prepare("SELECT value FROM facts WHERE name = ?1")),
      set_fact_(database_.prepare("INSERT INTO facts (name, value) VALUES (?1, ?2) "
                                  "ON CONFLICT (name) DO UPDATE SET value = ?2")),
      count_(database_.prepare("INSERT INTO facts (name, value) VALUES (?1, ?2) "
                               "ON CONFLICT (name) DO UPDATE SET value = value + ?2")) {}

std::optional<TaskRow> TaskStore::find(const TaskId& id) {
    find_.bind_blob(1, id.bytes);
    std::optional<TaskRow> row;
    if (find_.step()) {
        row = row_of(find_);
    }
    find_.reset();
    return row;
}

void TaskStore::for_each_unsettled(const std::function<void(TaskRow&&)>& visit) {
    Statement statement = database_.prepare(
        text_of("SELECT ", " FROM tasks INDEXED BY tasks_unsettled WHERE state < 6 OR state > 8 ORDER BY id")
            .c_str());
    while (statement.step()) {
        visit(row_of(statement));
    }
}

std::vector<TaskRow> TaskStore::settled_page(TaskState state, const TaskId& after, int limit) {
    // The index's own condition beside the state, so that it is used; done rows are most of the table, which
    // is walked in its own order.
    const std::string from = state == TaskState::settled_done
                                 ? " FROM tasks WHERE state = 6"
                                 : " FROM tasks INDEXED BY tasks_failed WHERE state IN (7, 8) AND state = " +
                                       std::to_string(static_cast<int>(state));
    Statement statement =
        database_.prepare(select_rows((from + " AND id > ?1 ORDER BY id LIMIT ?2").c_str()).c_str());
    statement.bind_blob(1, after.bytes).bind(2, static_cast<std::int64_t>(limit));
    std::vector<TaskRow> rows;
    while (statement.step()) {
        rows.push_back(row_of(statement));
    }
    return rows;
}

StoreTotals TaskStore::totals() {
    auto value = [this](const char* name) {
        fact_.bind_text(1, name);
        const std::int64_t number = fact_.step() ? fact_.integer(0) : 0;
        fact_.reset();
        return number;
    };
    return {value("total_done"), value("total_failed"), value("total_quarantined")};
}

std::int64_t TaskStore::lowest_priority() {
    return database_.integer(
        "SELECT min(priority) FROM tasks INDEXED BY tasks_unsettled WHERE state < 6 OR state > 8");
}

std::int64_t TaskStore::highest_priority() {
    return database_.integer(
        "SELECT max(priority) FROM tasks INDEXED BY tasks_unsettled WHERE state < 6 OR state > 8");
}

std::optional<std::string> TaskStore::fact(const std::string& name) {
    fact_.bind_text(1, name);
    std::optional<std::string> value;
    if (fact_.step()) {
        value = fact_.bytes(0);
    }
    fact_.reset();
    return value;
}

void TaskStore::bind_and_run(Statement& statement, const TaskRow& row, TaskState state) {
    statement.bind_blob(1, row.id.bytes);
    statement.bind(2, static_cast<std::int64_t>(state));
    statement.bind_blob(3, row.source);
    statement.bind_blob(4, row.result);
    if (row.original.empty()) {
        statement.bind_null(5);
    } else {
        statement.bind_blob(5, row.original);
    }
    statement.bind(6, row.priority);
    statement.bind(7, static_cast<std::int64_t>(row.attempts));
    statement.bind(8, static_cast<std::int64_t>(row.image_bytes));
    statement.bind(9, row.claimed_ms);
    statement.bind_null(10).bind_null(11).bind_null(13).bind_null(14);
    if (row.finished_ms != 0) {
        statement.bind(10, row.finished_ms).bind(13, row.seconds).bind_blob(14, stages_of(row));
    }
    if (row.worker >= 0) {
        statement.bind(11, static_cast<std::int64_t>(row.worker));
    }
    statement.bind_text(12, row.device).bind_text(15, row.error).bind_text(16, row.history);
    statement.run();
}

TaskState TaskStore::insert(const TaskRow& row, TaskEvent event) {
    const TaskState next = checked_next(row, event);
    bind_and_run(insert_, row, next);
    count(next, 1);
    return next;
}

bool TaskStore::insert_if_absent(const TaskRow& row, TaskEvent event) {
    const TaskState next = checked_next(row, event);
    bind_and_run(insert_if_absent_, row, next);
    if (sqlite3_changes(database_.get()) == 0) {
        return false;
    }
    count(next, 1);
    return true;
}

TaskState TaskStore::update(const TaskRow& row, TaskEvent event) {
    const TaskState next = checked_next(row, event);
    bind_and_run(update_, row, next);
    count(row.state, -1);
    count(next, 1);
    return next;
}

void TaskStore::update_attempts(const TaskId& id, std::uint32_t attempts, const std::string& history) {
    attempts_.bind_blob(1, id.bytes).bind(2, static_cast<std::int64_t>(attempts)).bind_text(3, history).run();
}

void TaskStore::update_priority(const TaskId& id, std::int64_t priority) {
    priority_.bind_blob(1, id.bytes).bind(2, priority).run();
}

void TaskStore::update_result(const TaskId& id, const std::string& result) {
    result_.bind_blob(1, id.bytes).bind_blob(2, result).run();
}

void TaskStore::update_original(const TaskId& id, const std::string& original) {
    original_.bind_blob(1, id.bytes).bind_blob(2, original).run();
}

void TaskStore::remove(const TaskRow& row) {
    checked_next(row, TaskEvent::forget);
    remove_.bind_blob(1, row.id.bytes).run();
    count(row.state, -1);
}

void TaskStore::set_fact(const std::string& name, const std::string& value) {
    set_fact_.bind_text(1, name).bind_blob(2, value).run();
}

void TaskStore::count(TaskState state, int difference) {
    if (const char* name = total_name(state)) {
        count_.bind_text(1, name).bind(2, static_cast<std::int64_t>(difference)).run();
    }
}

}  // namespace hrn::supervisor::storage
