#include "supervisor/loop/signal_watch.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace hrn::supervisor {
namespace {

sigset_t watched_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        ::sigaddset(&set, signal);
    }
    return set;
}

}  // namespace

void SignalWatch::block() {
    const sigset_t set = watched_signals();
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
        throw std::system_error(error, std::generic_category(), "pthread_sigmask");
    }
    if (::signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        throw std::system_error(errno, std::generic_category(), "signal(SIGPIPE)");
    }
}

SignalWatch::SignalWatch(boost::asio::io_context& io, std::function<void(int signal)> received)
    : received_(std::move(received)) {
    const sigset_t set = watched_signals();
    fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) {
        throw std::system_error(errno, std::generic_category(), "signalfd");
    }
    watch_ = std::make_unique<ReadableWatch>(io, fd_.get(), [this] { read(); });
    watch_->arm();
}

void SignalWatch::read() {
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        received_(static_cast<int>(info.ssi_signo));
    }
    watch_->arm();
}

}  // namespace hrn::supervisor
