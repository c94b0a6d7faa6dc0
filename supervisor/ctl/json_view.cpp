#include "supervisor/ctl/json_view.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"

namespace hrn::ctl {
namespace {

const nlohmann::json* find(const nlohmann::json& object, const char* key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

// Nothing for null and missing.
std::optional<std::string> raw_text_at(const nlohmann::json& object, const char* key) {
    const nlohmann::json* value = find(object, key);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    return value->is_string() ? value->get<std::string>()
                              : value->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <typename... Values>
std::string formatted(const char* format, Values... values) {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, values...);
    return buffer.data();
}

}  // namespace

std::optional<double> number_at(const nlohmann::json& object, const char* key) {
    const nlohmann::json* value = find(object, key);
    return value != nullptr && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
}

std::string text_at(const nlohmann::json& object, const char* key) {
    const auto raw = raw_text_at(object, key);
    return raw ? log::printable(*raw) : "-";
}

std::string value_at(const nlohmann::json& object, const char* key) {
    const auto raw = raw_text_at(object, key);
    return raw ? log::one_line(*raw) : "-";
}

const nlohmann::json& list_at(const nlohmann::json& object, const char* key) {
    static const nlohmann::json none = nlohmann::json::array();
    const nlohmann::json* value = find(object, key);
    return value != nullptr && value->is_array() ? *value : none;
}

std::string count_at(const nlohmann::json& object, const char* key) {
    const auto number = number_at(object, key);
    return number ? count_text(*number) : "-";
}

std::string count_text(double count) {
    std::string digits = formatted("%.0f", count);
    for (std::size_t at = digits.size(); at > 3 && digits[at - 4] != '-';) {
        at -= 3;
        digits.insert(at, 1, ' ');
    }
    return digits;
}

std::string short_number(std::optional<double> number) {
    if (!number || !std::isfinite(*number)) {
        return "-";
    }
    const double size = std::fabs(*number);
    const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 || size == 0 ? 2 : 3;
    return formatted("%.*f", decimals, *number);
}

std::string percent_text(std::optional<double> share) {
    return share && std::isfinite(*share) ? formatted("%.0f %%", 100 * *share) : "-";
}

std::string duration_text(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) {
        return "-";
    }
    const auto whole = static_cast<long long>(std::min(seconds, 1e12));
    if (whole < 60) {
        return formatted("%lld s", whole);
    }
    if (whole < 3600) {
        return formatted("%lld min %lld s", whole / 60, whole % 60);
    }
    if (whole < 86'400) {
        return formatted("%lld h %lld min", whole / 3600, whole % 3600 / 60);
    }
    return formatted("%lld d %lld h", whole / 86'400, whole % 86'400 / 3600);
}

std::string time_text(const std::string& rfc3339) {
    if (rfc3339.size() < 19 || rfc3339[10] != 'T') {
        return log::printable(rfc3339);
    }
    return log::printable(rfc3339.substr(0, 10) + " " + rfc3339.substr(11, 8));
}

}  // namespace hrn::ctl
