#include "supervisor/ctl/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "shared/log.hpp"
#include "shared/protocol.hpp"

namespace hrn::ctl {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void nobody(const std::string& path, const std::string& why) {
    throw NoSupervisor("no supervisor answers at " + log::printable(path) + ": " + why);
}

std::string advice(int error) {
    if (error == EACCES) {
        return "permission denied (only root, the service's user and the members of [control] group may "
               "connect)";
    }
    return std::string(std::strerror(error)) + " (is the service running?)";
}

}  // namespace

Client::Client(const std::string& socket_path)
    : path_(socket_path), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!socket_) {
        nobody(path_, std::strerror(errno));
    }
    if (path_.empty() || path_.size() >= sizeof(address.sun_path)) {
        nobody(path_, "this is too long (or too short) for a socket's path");
    }
    std::copy(path_.begin(), path_.end(), address.sun_path);
    const Deadline deadline = std::chrono::steady_clock::now() + 5s;
    while (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        // EAGAIN: many clients at once, the queue of connections is full for a moment.
        if (errno != EINTR && (errno != EAGAIN || std::chrono::steady_clock::now() > deadline)) {
            nobody(path_, advice(errno));
        }
        std::this_thread::sleep_for(10ms);
    }
}

// false: not until the deadline.
bool Client::is_ready(short events, Deadline deadline) const {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return false;
        }
        pollfd waiting{socket_.get(), events, 0};
        const int ready =
            ::poll(&waiting, 1, static_cast<int>(std::min<long long>(left.count() + 1, 60'000)));
        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            nobody(path_, std::strerror(errno));
        }
    }
}

void Client::wait_for(short events, Deadline deadline) const {
    if (!is_ready(events, deadline)) {
        nobody(path_, "it took the request, but does not answer");
    }
}

void Client::send(std::string_view line, Deadline deadline) {
    while (!line.empty()) {
        const ssize_t count = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            line.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN) {
            wait_for(POLLOUT, deadline);
        } else if (errno != EINTR) {
            nobody(path_, std::strerror(errno));
        }
    }
}

std::optional<std::string> Client::take_line() {
    const std::size_t end = received_.find('\n', searched_);
    if (end == std::string::npos) {
        searched_ = received_.size();
        return std::nullopt;
    }
    std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    searched_ = 0;
    return line;
}

bool Client::receive_some() {
    for (;;) {
        std::array<char, 64 * 1024> buffer;
        const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (count > 0) {
            received_.append(buffer.data(), static_cast<std::size_t>(count));
            return true;
        }
        if (count == 0) {
            nobody(path_, "it closed the connection");
        }
        if (errno == EAGAIN) {
            return false;
        }
        if (errno != EINTR) {
            nobody(path_, std::strerror(errno));
        }
    }
}

std::string Client::receive_line(Deadline deadline) {
    for (;;) {
        if (std::optional<std::string> line = take_line()) {
            return *line;
        }
        if (!receive_some()) {
            wait_for(POLLIN, deadline);
        }
    }
}

std::optional<std::string> Client::next_line(std::optional<Deadline> deadline) {
    for (;;) {
        if (std::optional<std::string> line = take_line()) {
            return line;
        }
        if (!receive_some() && !is_ready(POLLIN, deadline.value_or(std::chrono::steady_clock::now() + 24h)) &&
            deadline) {
            return std::nullopt;
        }
    }
}

nlohmann::json Client::request(std::string_view command, const nlohmann::json& arguments,
                               std::chrono::milliseconds patience) {
    const std::string line = protocol::request_line(command, arguments);
    if (line.size() > protocol::kMaxRequestBytes) {
        throw std::invalid_argument("too many or too long arguments for one request");
    }
    const Deadline deadline = std::chrono::steady_clock::now() + patience;
    send(line, deadline);
    nlohmann::json answer = nlohmann::json::parse(receive_line(deadline), nullptr, false);
    if (!answer.is_object() || !answer.contains("ok") || !answer["ok"].is_boolean()) {
        nobody(path_, "what answers there is no hrn-supervisor");
    }
    if (answer["ok"] == true) {
        return std::move(answer["result"]);
    }
    const nlohmann::json error = answer.value("error", nlohmann::json::object());
    if (!error.is_object()) {
        throw RequestFailed("internal", "the supervisor failed and does not say why");
    }
    throw RequestFailed(error.value("code", "internal"), error.value("message", "no reason given"));
}

}  // namespace hrn::ctl
