// Reading answers: what is missing or of another type shows as "-", so that an hrn-ctl of another version
// still shows the rest. Never throws.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace hrn::ctl {

[[nodiscard]] std::optional<double> number_at(const nlohmann::json& object, const char* key);
// Printable for a terminal; numbers as digits; "-" for null and missing.
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* key);
// The same for a value as it stands in the configuration file: its quotes are not escaped once more.
[[nodiscard]] std::string value_at(const nlohmann::json& object, const char* key);
// The list at `key`, an empty one if there is none.
[[nodiscard]] const nlohmann::json& list_at(const nlohmann::json& object, const char* key);
// A whole number with spaces between thousands: "12 345"; "-" if missing.
[[nodiscard]] std::string count_at(const nlohmann::json& object, const char* key);

[[nodiscard]] std::string count_text(double count);
// "0.42", "12.3", "1234": three digits that mean something; "-" for nothing.
[[nodiscard]] std::string short_number(std::optional<double> number);
// 0.834 → "83 %".
[[nodiscard]] std::string percent_text(std::optional<double> share);
// "12 s", "5 min 3 s", "2 h 13 min", "3 d 4 h".
[[nodiscard]] std::string duration_text(double seconds);
// "2026-11-24T08:00:00.123Z" → "2026-11-24 08:00:00".
[[nodiscard]] std::string time_text(const std::string& rfc3339);

}  // namespace hrn::ctl
