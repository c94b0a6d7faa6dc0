#include "supervisor/storage/task_row.hpp"

#include <nlohmann/json.hpp>

#include "shared/text.hpp"

namespace hrn::supervisor::storage {

using nlohmann::json;

namespace {

// A value of the wanted type, else the fallback.
template <typename T>
T value_or(const json& object, const char* key, T fallback) {
    const auto found = object.find(key);
    if (found == object.end()) {
        return fallback;
    }
    try {
        return found->get<T>();
    } catch (const json::exception&) {
        return fallback;
    }
}

}  // namespace

std::string top_folder_of(const std::string& source) {
    const auto slash = source.find('/');
    return slash == std::string::npos ? std::string() : source.substr(0, slash);
}

std::string name_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string joined(const std::string& parent, const std::string& name) {
    return parent.empty() ? name : parent + "/" + name;
}

json to_json(const TaskError& error) {
    return {{"code", error_name(error.code)},
            {"class", error_class_name(error_row(error.code).error_class)},
            {"message", to_utf8(error.message)},
            {"signal", error.signal == 0 ? json() : json(error.signal)},
            {"stage", error.stage.empty() ? json() : json(error.stage)},
            {"worker", error.worker < 0 ? json() : json(error.worker)},
            {"device", error.device.empty() ? json() : json(error.device)},
            {"time", error.time_ms == 0 ? json() : json(utc_time_text(error.time_ms))},
            {"time_ms", error.time_ms}};
}

TaskError error_from_json(const json& object) {
    TaskError error;
    error.code = ErrorCode::internal_error;
    if (!object.is_object()) {
        return error;
    }
    if (const auto code = parse_error_code(value_or<std::string>(object, "code", ""))) {
        error.code = *code;
    }
    error.message = value_or<std::string>(object, "message", "");
    error.signal = value_or<int>(object, "signal", 0);
    error.stage = value_or<std::string>(object, "stage", "");
    error.worker = value_or<int>(object, "worker", -1);
    error.device = value_or<std::string>(object, "device", "");
    error.time_ms = value_or<std::int64_t>(object, "time_ms", 0);
    return error;
}

std::string json_text(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string error_json(const TaskError& error) {
    return json_text(to_json(error));
}

std::string with_error_text(const std::string& history, const std::string& error, std::uint32_t attempt) {
    json list = history.empty() ? json::array() : json::parse(history, nullptr, false);
    if (!list.is_array()) {
        list = json::array();
    }
    if (json parsed = json::parse(error, nullptr, false); parsed.is_object()) {
        parsed["attempt"] = attempt;
        list.push_back(std::move(parsed));
    }
    return json_text(list);
}

std::string with_error(const std::string& history, const TaskError& error, std::uint32_t attempt) {
    return with_error_text(history, error_json(error), attempt);
}

void begin_again(TaskRow& row) {
    if (!row.error.empty()) {
        row.history = with_error_text(row.history, row.error, row.attempts);
    }
    row.error.clear();
    row.original.clear();
    row.attempts = 0;
    row.finished_ms = 0;
    row.seconds = 0;
    row.stage_us = {};
}

}  // namespace hrn::supervisor::storage
