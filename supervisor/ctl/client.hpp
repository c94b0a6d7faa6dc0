// A connection to the supervisor's control socket (docs/control-protocol.md): one request, one answer, in
// this thread. Owned by one command.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
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
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    using Deadline = std::chrono::steady_clock::time_point;
    void send(std::string_view line, Deadline deadline);
    [[nodiscard]] std::string receive_line(Deadline deadline);
    void wait_for(short events, Deadline deadline) const;

    std::string path_;
    UniqueFd socket_;
    std::string received_;  // bytes behind the last whole line
};

}  // namespace hrn::ctl
