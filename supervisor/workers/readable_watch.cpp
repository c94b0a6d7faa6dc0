#include "supervisor/workers/readable_watch.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace hrn::supervisor {

struct ReadableWatch::State {
    State(boost::asio::io_context& io, int fd, std::function<void()> function)
        : descriptor(io, fd), ready(std::move(function)) {}
    boost::asio::posix::stream_descriptor descriptor;
    std::function<void()> ready;
    bool armed = false;
    bool gone = false;
};

ReadableWatch::ReadableWatch(boost::asio::io_context& io, int fd, std::function<void()> ready)
    : state_(std::make_shared<State>(io, fd, std::move(ready))) {}

ReadableWatch::~ReadableWatch() {
    state_->gone = true;
    state_->descriptor.release();  // out of epoll; the descriptor stays its owner's
}

void ReadableWatch::arm() {
    if (std::exchange(state_->armed, true)) {
        return;
    }
    state_->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                  [state = state_](const boost::system::error_code& error) {
                                      state->armed = false;
                                      if (!error && !state->gone) {
                                          state->ready();
                                      }
                                  });
}

}  // namespace hrn::supervisor
