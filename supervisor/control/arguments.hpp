// Reads the arguments of a request: a missing one takes its default, a wrong type throws BadArgument with one
// line for the client ("bad_request"). Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hrn::supervisor {

class BadArgument : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// JSON null counts as missing.
[[nodiscard]] std::optional<std::string> text_argument(const nlohmann::json& arguments, const char* name);
[[nodiscard]] std::optional<std::int64_t> integer_argument(const nlohmann::json& arguments, const char* name);
[[nodiscard]] std::optional<double> number_argument(const nlohmann::json& arguments, const char* name);
[[nodiscard]] bool flag_argument(const nlohmann::json& arguments, const char* name);
[[nodiscard]] std::vector<std::string> texts_argument(const nlohmann::json& arguments, const char* name);

// timeout_seconds: 10 if missing, at most 60 (docs/control-protocol.md).
[[nodiscard]] double timeout_argument(const nlohmann::json& arguments);

}  // namespace hrn::supervisor
