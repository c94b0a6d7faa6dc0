// Threads for the work on many faces between two networks. Shared by all batches that are in work: whoever
// has such work puts its items before the crew, takes part, and goes on when all of them are done.
//
// Owned by a front end. over() may be called by any number of threads at once, but not from within an item.
// An exception of an item comes out of over() after its other items have ended; the first one wins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hrn::front {

class Crew {
public:
    explicit Crew(int threads);  // beside the callers; less than 1: the callers do everything themselves
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    // item(i) for 0 <= i < count, each once, on any of the threads.
    void over(std::size_t count, const std::function<void(std::size_t)>& item);

private:
    struct Job;
    void serve();
    void leave();

    std::mutex mutex_;
    std::condition_variable wanted_;
    std::deque<std::shared_ptr<Job>> jobs_;  // that may have items left
    bool leaving_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace hrn::front
