// SIGTERM, SIGINT and SIGHUP as events of the loop, through a signalfd. The signals are blocked for the whole
// process, so no system call of any thread is interrupted by them; children get a clean mask
// (worker_process.cpp).
//
// block() before any thread starts; the rest on the loop thread.
#pragma once

#include <functional>
#include <memory>

#include "shared/unique_fd.hpp"
#include "supervisor/workers/readable_watch.hpp"

namespace hrn::supervisor {

class SignalWatch {
public:
    // Blocks the signals and ignores SIGPIPE. Throws std::system_error.
    static void block();
    SignalWatch(boost::asio::io_context& io, std::function<void(int signal)> received);

private:
    void read();
    UniqueFd fd_;
    std::function<void(int)> received_;
    std::unique_ptr<ReadableWatch> watch_;
};

}  // namespace hrn::supervisor
