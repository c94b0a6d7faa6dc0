#include "tests/unit/ctl/fake_supervisor.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "shared/protocol.hpp"

namespace hrn::ctl::test {

FakeSupervisor::FakeSupervisor(std::string socket_path, Handler handler)
    : path_(std::move(socket_path)),
      handler_(std::move(handler)),
      listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path_.begin(), path_.end(), address.sun_path);
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
        ::listen(listener_.get(), 16) != 0) {
        throw std::runtime_error("the fake supervisor has no socket");
    }
    thread_ = std::thread([this] { serve(); });
}

FakeSupervisor::~FakeSupervisor() {
    stopping_ = true;
    thread_.join();
    ::unlink(path_.c_str());
}

std::vector<FakeSupervisor::Request> FakeSupervisor::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void FakeSupervisor::serve() {
    while (!stopping_) {
        pollfd waiting{listener_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, 10) > 0) {
            const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            serve_one(connection.get());
        }
    }
}

void FakeSupervisor::serve_one(int connection) {
    std::string received;
    while (!stopping_) {
        pollfd waiting{connection, POLLIN, 0};
        if (::poll(&waiting, 1, 10) <= 0) {
            continue;
        }
        std::array<char, 65536> buffer;
        const ssize_t count = ::recv(connection, buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            return;
        }
        received.append(buffer.data(), static_cast<std::size_t>(count));
        for (std::size_t end = received.find('\n'); end != std::string::npos; end = received.find('\n')) {
            const protocol::ParsedRequest request(received.substr(0, end));
            received.erase(0, end + 1);
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back({request.command(), request.arguments()});
            }
            const auto answer = handler_(request.command(), request.arguments());
            if (!answer) {
                return;
            }
            const std::string line = answer->dump() + "\n";
            (void)::send(connection, line.data(), line.size(), MSG_NOSIGNAL);
        }
    }
}

nlohmann::json ok(const nlohmann::json& result) {
    return {{"ok", true}, {"result", result}, {"id", nullptr}};
}

nlohmann::json refused(const std::string& code, const std::string& message) {
    return {{"ok", false}, {"error", {{"code", code}, {"message", message}}}, {"id", nullptr}};
}

}  // namespace hrn::ctl::test
