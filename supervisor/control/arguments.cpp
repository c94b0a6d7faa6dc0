#include "supervisor/control/arguments.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace hrn::supervisor {
namespace {

constexpr double kDefaultTimeout = 10, kLongestTimeout = 60;

const nlohmann::json* find(const nlohmann::json& arguments, const char* name) {
    const auto found = arguments.find(name);
    return found == arguments.end() || found->is_null() ? nullptr : &*found;
}

[[noreturn]] void wrong(const char* name, const char* wanted) {
    throw BadArgument("argument \"" + std::string(name) + "\" must be " + wanted);
}

}  // namespace

std::optional<std::string> text_argument(const nlohmann::json& arguments, const char* name) {
    const nlohmann::json* value = find(arguments, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_string()) {
        wrong(name, "a text");
    }
    return value->get<std::string>();
}

std::optional<std::int64_t> integer_argument(const nlohmann::json& arguments, const char* name) {
    const nlohmann::json* value = find(arguments, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_number_integer()) {
        wrong(name, "a whole number");
    }
    return value->get<std::int64_t>();
}

std::optional<double> number_argument(const nlohmann::json& arguments, const char* name) {
    const nlohmann::json* value = find(arguments, name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_number()) {
        wrong(name, "a number");
    }
    return value->get<double>();
}

bool flag_argument(const nlohmann::json& arguments, const char* name) {
    const nlohmann::json* value = find(arguments, name);
    if (value == nullptr) {
        return false;
    }
    if (!value->is_boolean()) {
        wrong(name, "true or false");
    }
    return value->get<bool>();
}

std::vector<std::string> texts_argument(const nlohmann::json& arguments, const char* name) {
    const nlohmann::json* value = find(arguments, name);
    if (value == nullptr) {
        return {};
    }
    if (!value->is_array() || !std::all_of(value->begin(), value->end(),
                                           [](const nlohmann::json& item) { return item.is_string(); })) {
        wrong(name, "a list of texts");
    }
    return value->get<std::vector<std::string>>();
}

double timeout_argument(const nlohmann::json& arguments) {
    const double seconds = number_argument(arguments, "timeout_seconds").value_or(kDefaultTimeout);
    return std::isfinite(seconds) ? std::clamp(seconds, 0.0, kLongestTimeout) : kDefaultTimeout;
}

}  // namespace hrn::supervisor
