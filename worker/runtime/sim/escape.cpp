#include "worker/runtime/sim/escape.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "shared/unique_fd.hpp"

namespace hrn::runtime::sim {

namespace {

constexpr std::array<std::pair<std::string_view, Escape>, 9> kWords = {{
    {"read", Escape::read},
    {"write", Escape::write},
    {"change", Escape::change},
    {"connect", Escape::connect},
    {"control", Escape::control},
    {"run", Escape::run},
    {"fork", Escape::fork},
    {"signal", Escape::signal},
    {"trace", Escape::trace},
}};
constexpr std::uint16_t kDiscard = 9;  // a port where nobody listens: refused differently when it gets out

int error_unless(bool done) {
    return done ? 0 : errno;
}

int open_it(const std::string& path, int flags) {
    const UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    return error_unless(static_cast<bool>(file));
}

int connect_by_tcp() {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        return errno;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(kDiscard);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return error_unless(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
}

int connect_to(const std::string& path) {
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        return errno;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    return error_unless(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
}

int make_child() {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    if (child > 0) {
        ::waitpid(child, nullptr, 0);
    }
    return error_unless(child > 0);
}

int run_program(const std::string& path) {
    char* const arguments[] = {const_cast<char*>(path.c_str()), nullptr};
    char* const environment[] = {nullptr};
    return error_unless(::execve(path.c_str(), arguments, environment) == 0);
}

}  // namespace

std::optional<Escape> parse_escape(std::string_view word) {
    for (const auto& [name, escape] : kWords) {
        if (name == word) {
            return escape;
        }
    }
    return std::nullopt;
}

bool takes_path(Escape escape) {
    return escape == Escape::read || escape == Escape::write || escape == Escape::change ||
           escape == Escape::control || escape == Escape::run;
}

int try_escape(Escape escape, const std::string& path) {
    switch (escape) {
        case Escape::read:
            return open_it(path, O_RDONLY);
        case Escape::write:
            return open_it(path, O_WRONLY | O_CREAT);
        case Escape::change:
            return error_unless(::chmod(path.c_str(), 0600) == 0);
        case Escape::connect:
            return connect_by_tcp();
        case Escape::control:
            return connect_to(path);
        case Escape::run:
            return run_program(path);
        case Escape::fork:
            return make_child();
        case Escape::signal:
            return error_unless(::kill(::getppid(), 0) == 0);
        case Escape::trace:
            // Seizing does not stop it, and it is let go when this process ends.
            return error_unless(::ptrace(PTRACE_SEIZE, ::getppid(), nullptr, nullptr) == 0);
    }
    return 0;
}

}  // namespace hrn::runtime::sim
