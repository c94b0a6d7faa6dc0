#include "supervisor/storage/task_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "shared/protocol.hpp"
#include "shared/text.hpp"
#include "supervisor/storage/task_store.hpp"

namespace hrn::supervisor::storage {

using nlohmann::json;

namespace {

constexpr std::size_t kShortestPrefix = 4;

// Names are bytes: JSON text, and a twin in base64 where that is not the whole truth.
void put_name(json& object, const std::string& key, const std::string& bytes) {
    object[key] = to_utf8(bytes);
    if (!valid_utf8(bytes)) {
        object[key + "_bytes"] = base64(bytes);
    }
}

json parsed_or(const std::string& text, json fallback) {
    if (text.empty()) {
        return fallback;
    }
    json parsed = json::parse(text, nullptr, false);
    return parsed.is_discarded() ? fallback : parsed;
}

json time_or_null(std::int64_t milliseconds) {
    return milliseconds == 0 ? json() : json(utc_time_text(milliseconds));
}

// What the store keeps of an error beyond what is shown.
json shown_error(const std::string& text) {
    json error = parsed_or(text, nullptr);
    if (!error.is_object()) {
        return nullptr;
    }
    for (const char* key : {"worker", "device", "time", "time_ms", "attempt"}) {
        error.erase(key);
    }
    return error;
}

json shown_history(const std::string& text) {
    json history = parsed_or(text, json::array());
    for (json& error : history) {
        if (error.is_object()) {
            error.erase("time_ms");
        }
    }
    return history;
}

// Where to look for the tasks of a shown state, with the index's own condition so that it is used. Rows that
// are recorded but not settled yet (for the length of a group) are in no list.
struct StateQuery {
    const char* from;
    const char* condition;
};
std::optional<StateQuery> query_of(const std::string& shown) {
    if (shown == "done") {
        return StateQuery{" FROM tasks", " AND state = 6"};
    }
    if (shown == "failed") {
        return StateQuery{" FROM tasks INDEXED BY tasks_failed", " AND state IN (7, 8) AND state = 7"};
    }
    if (shown == "quarantined") {
        return StateQuery{" FROM tasks INDEXED BY tasks_failed", " AND state IN (7, 8) AND state = 8"};
    }
    if (shown == "queued" || shown == "running") {
        // The store does not know which of them a worker holds: the loop sorts that out.
        return StateQuery{" FROM tasks INDEXED BY tasks_unsettled",
                          " AND (state < 6 OR state > 8) AND state IN (1, 2, 9, 10)"};
    }
    return std::nullopt;
}
static_assert(static_cast<int>(TaskState::queued) == 1 && static_cast<int>(TaskState::held) == 2 &&
              static_cast<int>(TaskState::done) == 3 && static_cast<int>(TaskState::failed) == 4 &&
              static_cast<int>(TaskState::quarantined) == 5 &&
              static_cast<int>(TaskState::settled_done) == 6 &&
              static_cast<int>(TaskState::settled_failed) == 7 &&
              static_cast<int>(TaskState::settled_quarantined) == 8 &&
              static_cast<int>(TaskState::retrying_failed) == 9 &&
              static_cast<int>(TaskState::retrying_quarantined) == 10);

int digit_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

json error_answer(const std::string& code, const std::string& message) {
    return {{"error", {{"code", code}, {"message", to_utf8(message)}}}};
}

IdRange range_of_prefix(const std::string& prefix) {
    IdRange range;
    range.last.bytes.fill(0xff);
    std::size_t digits = 0;
    for (const char c : prefix) {
        if (c == '-') {
            continue;
        }
        const int value = digit_value(c);
        if (value < 0 || digits >= 2 * range.first.bytes.size()) {
            range.problem = "no task id: " + to_utf8(prefix);
            return range;
        }
        const std::size_t byte = digits / 2;
        const int shift = digits % 2 == 0 ? 4 : 0;
        const auto bits = static_cast<std::uint8_t>(value << shift);
        const auto mask = static_cast<std::uint8_t>(0xf << shift);
        range.first.bytes[byte] = static_cast<std::uint8_t>(range.first.bytes[byte] | bits);
        range.last.bytes[byte] = static_cast<std::uint8_t>((range.last.bytes[byte] & ~mask) | bits);
        ++digits;
    }
    if (digits < kShortestPrefix) {
        range.problem = "too short for a task id (at least 4 characters): " + to_utf8(prefix);
    }
    return range;
}

TaskView::TaskView(const std::string& store_path, std::string results_path)
    : database_(store_path, Database::Mode::read_only),
      results_path_(std::move(results_path)),
      by_range_(database_.prepare(
          select_rows(" FROM tasks WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 2").c_str())),
      failed_(database_.prepare("SELECT id FROM tasks INDEXED BY tasks_failed WHERE state IN (7, 8) AND id > "
                                "?1 ORDER BY id LIMIT ?2")),
      claimed_since_(database_.prepare("SELECT id, source FROM tasks WHERE id >= ?1 ORDER BY id")) {}

json TaskView::to_json(const TaskRow& row) const {
    json task = {{"id", row.id.text()},
                 {"state", shown_state(row.state)},
                 {"held", row.state == TaskState::held},
                 {"attempts", row.attempts},
                 {"worker", row.worker < 0 ? json() : json(row.worker)},
                 {"device", row.device.empty() ? json() : json(row.device)},
                 {"error", is_recorded(row.state) ? shown_error(row.error) : json()},
                 {"history", shown_history(row.history)},
                 {"result_dir", nullptr},
                 {"seconds", row.seconds > 0 ? json(row.seconds) : json()},
                 {"claimed_at", time_or_null(row.claimed_ms)},
                 {"finished_at", time_or_null(row.finished_ms)}};
    put_name(task, "path", row.source);
    if (row.state == TaskState::done || row.state == TaskState::settled_done) {
        put_name(task, "result_dir", results_path_ + "/" + row.result);
    }
    return task;
}

TaskView::Resolved TaskView::resolve_ids(const std::vector<std::string>& id_prefixes) {
    Resolved resolved;
    for (const std::string& prefix : id_prefixes) {
        const IdRange range = range_of_prefix(prefix);
        if (!range.problem.empty()) {
            return {{}, "bad_request", range.problem};
        }
        by_range_.bind_blob(1, range.first.bytes).bind_blob(2, range.last.bytes);
        std::vector<TaskId> found;
        while (by_range_.step()) {
            found.push_back(row_of(by_range_).id);
        }
        by_range_.reset();
        if (found.empty()) {
            return {{}, "not_found", "no task " + prefix};
        }
        if (found.size() > 1) {
            return {{}, "ambiguous", "more than one task begins with " + prefix};
        }
        if (std::find(resolved.ids.begin(), resolved.ids.end(), found.front()) == resolved.ids.end()) {
            resolved.ids.push_back(found.front());
        }
    }
    return resolved;
}

json TaskView::resolve(const std::vector<std::string>& id_prefixes) {
    const Resolved resolved = resolve_ids(id_prefixes);
    if (!resolved.error_code.empty()) {
        return error_answer(resolved.error_code, resolved.error_message);
    }
    json ids = json::array();
    for (const TaskId& id : resolved.ids) {
        ids.push_back(id.text());
    }
    return ids;
}

json TaskView::show(const std::string& id_prefix) {
    const Resolved resolved = resolve_ids({id_prefix});
    if (!resolved.error_code.empty()) {
        return error_answer(resolved.error_code, resolved.error_message);
    }
    by_range_.bind_blob(1, resolved.ids.front().bytes).bind_blob(2, resolved.ids.front().bytes);
    json task =
        by_range_.step() ? to_json(row_of(by_range_)) : error_answer("not_found", "no task " + id_prefix);
    by_range_.reset();
    return task;
}

json TaskView::list(const Storage::Listing& listing) {
    IdRange range;
    range.first.bytes.fill(0xff);
    if (listing.after) {
        range = range_of_prefix(*listing.after);
        if (!range.problem.empty()) {
            return error_answer("bad_request", range.problem);
        }
    }
    StateQuery query{" FROM tasks", ""};
    if (listing.state) {
        const auto of_state = query_of(*listing.state);
        if (!of_state) {
            return error_answer("bad_request", "no such state: " + *listing.state);
        }
        query = *of_state;
    }
    std::string from = query.from;
    from.append(" WHERE id < ?1").append(query.condition).append(" ORDER BY id DESC LIMIT ?2");
    Statement statement = database_.prepare(select_rows(from.c_str()).c_str());
    statement.bind_blob(1, range.first.bytes)
        .bind(2, static_cast<std::int64_t>(std::clamp(listing.limit, 1, protocol::kPageSize)));
    json tasks = json::array();
    while (statement.step()) {
        tasks.push_back(to_json(row_of(statement)));
    }
    return tasks;
}

json TaskView::find_claimed(const std::vector<std::string>& paths, std::int64_t since_ms) {
    std::unordered_map<std::string, std::string> ids;
    for (const std::string& path : paths) {
        ids.emplace(path, "");
    }
    TaskId first;  // a UUIDv7 begins with its time: 48 bits of milliseconds
    for (int i = 5; i >= 0; --i, since_ms >>= 8) {
        first.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(since_ms & 0xff);
    }
    claimed_since_.bind_blob(1, first.bytes);
    while (claimed_since_.step()) {
        if (const auto wanted = ids.find(claimed_since_.bytes(1)); wanted != ids.end()) {
            wanted->second = id_of(claimed_since_.bytes(0)).text();  // in rising order: the newest stays
        }
    }
    claimed_since_.reset();
    json answer = json::array();
    for (const std::string& path : paths) {
        const std::string& id = ids.at(path);
        answer.push_back(id.empty() ? json() : json(id));
    }
    return answer;
}

std::vector<TaskId> TaskView::failed_ids(const TaskId& after, int limit) {
    failed_.bind_blob(1, after.bytes).bind(2, static_cast<std::int64_t>(limit));
    std::vector<TaskId> ids;
    while (failed_.step()) {
        ids.push_back(id_of(failed_.bytes(0)));
    }
    failed_.reset();
    return ids;
}

}  // namespace hrn::supervisor::storage
