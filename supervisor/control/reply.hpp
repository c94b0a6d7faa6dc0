// The answer to one request, now or later. Copies share it; it is given once, further ones are dropped, and
// so is one whose client is gone. Loop thread.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "supervisor/control/connection.hpp"

namespace hrn::supervisor {

class Reply {
public:
    Reply(const std::shared_ptr<Connection>& connection, nlohmann::json id);

    void result(const nlohmann::json& result) const;
    void error(std::string_view code, std::string_view message) const;
    // Storage's answer: its result, or its {"error": {"code", "message"}}.
    void forward(const nlohmann::json& answer) const;
    // The client still waits for it.
    [[nodiscard]] bool wanted() const;
    [[nodiscard]] std::shared_ptr<Connection> connection() const;

private:
    struct State {
        std::weak_ptr<Connection> connection;
        nlohmann::json id;
        bool given = false;
    };
    void give(const std::string& line) const;
    std::shared_ptr<State> state_;
};

// True if storage's answer is a failure.
[[nodiscard]] bool is_failure(const nlohmann::json& answer);

}  // namespace hrn::supervisor
