// Calls a function on the loop whenever a descriptor is readable (or its other side is gone). Does not own
// the descriptor and must go before it is closed. One shot per arm(): the callee decides when to look again,
// which is how a flood of wake-ups is slowed down.
//
// Loop thread. After destruction the function is never called again.
#pragma once

#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace hrn::supervisor {

class ReadableWatch {
public:
    ReadableWatch(boost::asio::io_context& io, int fd, std::function<void()> ready);
    ~ReadableWatch();
    ReadableWatch(const ReadableWatch&) = delete;
    ReadableWatch& operator=(const ReadableWatch&) = delete;
    // Waits for the next time that it is readable; once armed, arming again changes nothing.
    void arm();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hrn::supervisor
