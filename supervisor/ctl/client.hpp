// A connection to the supervisor's control socket (docs/control-protocol.md): one request, one answer, in
// this thread. Owned by one command.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "shared/unique_fd.hpp"

namespace hrn::ctl {

// Nobody answers: no socket, no listener, no right to connect, the connection broke, or no answer in time.
class NoSupervisor : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The supervisor refused: {"ok": false}.
class RequestFailed : public std::runtime_error {
public:
    RequestFailed(std::string code, const std::string& message)
        : std::runtime_error(message), code_(std::move(code)) {}
    [[nodiscard]] const std::string& code() const { return code_; }

private:
    std::string code_;
};

class Client {
public:
    // Throws NoSupervisor.
    explicit Client(const std::string& socket_path);

    // The result. Throws NoSupervisor, RequestFailed; std::invalid_argument if the request is longer than the
    // protocol allows.
    [[nodiscard]] nlohmann::json request(std::string_view command, const nlohmann::json& arguments,
                                         std::chrono::milliseconds patience = std::chrono::seconds(30));
    using Deadline = std::chrono::steady_clock::time_point;
    // After a `subscribe`: the next event; nothing if none came in time (without a deadline it waits for
    // ever). Throws NoSupervisor when the connection ends.
    [[nodiscard]] std::optional<std::string> next_line(std::optional<Deadline> deadline);
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    [[nodiscard]] bool is_ready(short events, Deadline deadline) const;
    void send(std::string_view line, Deadline deadline);
    [[nodiscard]] std::string receive_line(Deadline deadline);
    void wait_for(short events, Deadline deadline) const;
    bool receive_some();  // false: nothing is there yet
    [[nodiscard]] std::optional<std::string> take_line();

    std::string path_;
    UniqueFd socket_;
    std::string received_;      // bytes behind the last whole line
    std::size_t searched_ = 0;  // of them without a line's end
};

}  // namespace hrn::ctl
