#include "supervisor/control/reply.hpp"

#include <utility>

#include "shared/protocol.hpp"

namespace hrn::supervisor {

Reply::Reply(const std::shared_ptr<Connection>& connection, nlohmann::json id)
    : state_(std::make_shared<State>(State{connection, std::move(id), false})) {}

void Reply::give(const std::string& line) const {
    if (std::exchange(state_->given, true)) {
        return;
    }
    if (const auto connection = state_->connection.lock()) {
        connection->answer(line);
    }
}

void Reply::result(const nlohmann::json& result) const {
    give(protocol::answer_line(state_->id, result));
}

void Reply::error(std::string_view code, std::string_view message) const {
    give(protocol::error_line(state_->id, code, message));
}

void Reply::forward(const nlohmann::json& answer) const {
    if (is_failure(answer)) {
        const nlohmann::json& failure = answer.at("error");
        error(failure.value("code", "internal"), failure.value("message", "storage gave no reason"));
    } else {
        result(answer);
    }
}

bool Reply::wanted() const {
    const auto connection = state_->connection.lock();
    return !state_->given && connection && connection->open();
}

std::shared_ptr<Connection> Reply::connection() const {
    return state_->connection.lock();
}

bool is_failure(const nlohmann::json& answer) {
    // A task has an "error" too, but it is null or has a class beside its code.
    if (!answer.is_object() || !answer.contains("error") || answer.contains("id")) {
        return false;
    }
    return answer.at("error").is_object();
}

}  // namespace hrn::supervisor
