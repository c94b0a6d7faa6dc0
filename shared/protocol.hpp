// The control protocol (design.md 10): one Unix stream socket, one JSON request per line, one JSON answer per
// line; `subscribe` turns the connection into a stream of events. hrn-ctl is its client, anybody may be.
//
//   request  {"command": "show", "arguments": {…}, "id": any}
//   answer   {"ok": true, "result": …, "id": same}   or   {"ok": false, "error": {"code", "message"}, "id"}
//   event    {"event": "task.done", "time": "…Z", …}
//
// Lines are at most kMaxRequestBytes from a client; answers are not limited but listings are paged. JSON is
// UTF-8; names that are not valid UTF-8 carry a base64 twin (key + "_bytes").
#pragma once

#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace hrn::protocol {

inline constexpr std::size_t kMaxRequestBytes = 64 * 1024;
inline constexpr int kPageSize = 100;

// Every command of the protocol: name, whether it changes anything (then peer credentials decide), help.
struct CommandRow {
    std::string_view name;
    bool changes;
    std::string_view help;
};
[[nodiscard]] std::span<const CommandRow> commands();
[[nodiscard]] const CommandRow* find_command(std::string_view name);

// Every event that subscribe may stream.
struct EventRow {
    std::string_view name;
    std::string_view help;
};
[[nodiscard]] std::span<const EventRow> events();

// Codes of {"ok": false}: "bad_request", "unknown_command", "not_permitted", "not_found", "ambiguous",
// "wrong_state", "bad_configuration", "busy", "internal".
class ParsedRequest {
public:
    // Throws std::invalid_argument with one line that says what is wrong with the request.
    explicit ParsedRequest(std::string_view line);
    ~ParsedRequest();
    ParsedRequest(ParsedRequest&&) noexcept;
    ParsedRequest& operator=(ParsedRequest&&) noexcept;
    [[nodiscard]] const std::string& command() const { return command_; }
    [[nodiscard]] const nlohmann::json& arguments() const { return *arguments_; }
    [[nodiscard]] const nlohmann::json& id() const { return *id_; }

private:
    std::string command_;
    std::unique_ptr<nlohmann::json> arguments_, id_;
};

[[nodiscard]] std::string request_line(std::string_view command, const nlohmann::json& arguments);
[[nodiscard]] std::string answer_line(const nlohmann::json& id, const nlohmann::json& result);
[[nodiscard]] std::string error_line(const nlohmann::json& id, std::string_view code,
                                     std::string_view message);

}  // namespace hrn::protocol
