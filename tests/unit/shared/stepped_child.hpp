// A child process that runs a function one machine instruction at a time, so that a test can kill it between
// any two of its stores to shared memory (design.md 6). The parent owns it and must run on one thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace hrn::test {

// Memory that parent and child share; zeroed.
class SharedMemory {
public:
    explicit SharedMemory(std::size_t bytes);
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    [[nodiscard]] void* get() const { return address_; }

private:
    void* address_;
    std::size_t bytes_;
};

using Watched = std::vector<std::span<const std::byte>>;  // memory whose changes count as stores

class SteppedChild {
public:
    // Forks; the child stands before the first instruction of `body`. Throws if this process may not trace.
    explicit SteppedChild(const std::function<void()>& body);
    ~SteppedChild();  // kills it
    SteppedChild(const SteppedChild&) = delete;
    SteppedChild& operator=(const SteppedChild&) = delete;

    // Steps until the watched memory has changed `stores` more times. False: the body ended before.
    bool run_until_stores(int stores, const Watched& watched);
    void kill();  // SIGKILL; returns when it is dead

private:
    [[nodiscard]] bool step();
    pid_t pid_ = -1;
    bool ended_ = false;
};

// For n = 0, 1, 2 … runs `body` in a fresh child, kills it after its n-th store to `watched`, then calls
// `check(n)`; `reset()` comes before each child. Ends after the first run that reached the body's end, and
// returns how many stores a whole run makes.
int kill_at_every_store(const Watched& watched, const std::function<void()>& reset,
                        const std::function<void()>& body, const std::function<void(int)>& check);

}  // namespace hrn::test
