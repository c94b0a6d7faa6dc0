// A supervisor that answers what a test tells it to, in this process, on a socket in a folder of its own.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "shared/unique_fd.hpp"

namespace hrn::ctl::test {

class FakeSupervisor {
public:
    // Gives the whole answer line's JSON ({"ok": …}); nothing: the connection is closed without one.
    using Handler = std::function<std::optional<nlohmann::json>(const std::string& command,
                                                                const nlohmann::json& arguments)>;

    FakeSupervisor(std::string socket_path, Handler handler);
    ~FakeSupervisor();  // stops answering, removes the socket
    FakeSupervisor(const FakeSupervisor&) = delete;
    FakeSupervisor& operator=(const FakeSupervisor&) = delete;

    struct Request {
        std::string command;
        nlohmann::json arguments;
    };
    [[nodiscard]] std::vector<Request> requests() const;

private:
    void serve();
    void serve_one(int connection);

    std::string path_;
    Handler handler_;
    UniqueFd listener_;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;
    std::vector<Request> requests_;
    std::thread thread_;
};

[[nodiscard]] nlohmann::json ok(const nlohmann::json& result);
[[nodiscard]] nlohmann::json refused(const std::string& code, const std::string& message);

}  // namespace hrn::ctl::test
