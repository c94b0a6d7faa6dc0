#include "worker/hrn/front/crew.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <exception>

namespace hrn::front {

// One call of over(). Kept by the crew's threads a moment longer than by the caller.
struct Crew::Job {
    Job(std::size_t the_count, const std::function<void(std::size_t)>& the_item)
        : count(the_count), item(the_item) {}

    // Does items until none are left; the caller's `item` is not touched after that.
    void work() {
        for (std::size_t i = next++; i < count; i = next++) {
            std::exception_ptr trouble;
            try {
                item(i);
            } catch (...) {
                trouble = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            if (trouble && !error) {
                error = trouble;
            }
            if (++done == count) {
                finished.notify_one();
            }
        }
    }
    void wait() {
        std::unique_lock lock(mutex);
        finished.wait(lock, [this] { return done == count; });
        if (error) {
            std::rethrow_exception(error);
        }
    }

    const std::size_t count;
    const std::function<void(std::size_t)>& item;
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::condition_variable finished;
    std::size_t done = 0;
    std::exception_ptr error;
};

Crew::Crew(int threads) {
    try {
        for (int i = 0; i < threads; ++i) {
            threads_.emplace_back([this] { serve(); });
        }
    } catch (...) {
        leave();
        throw;
    }
}

Crew::~Crew() {
    leave();
}

void Crew::leave() {
    {
        const std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    wanted_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void Crew::over(std::size_t count, const std::function<void(std::size_t)>& item) {
    if (count == 0) {
        return;
    }
    const auto job = std::make_shared<Job>(count, item);
    const bool shared = count > 1 && !threads_.empty();
    if (shared) {
        {
            const std::lock_guard lock(mutex_);
            jobs_.push_back(job);
        }
        wanted_.notify_all();
    }
    job->work();
    if (shared) {
        const std::lock_guard lock(mutex_);
        std::erase(jobs_, job);
    }
    job->wait();
}

void Crew::serve() {
    static_cast<void>(::pthread_setname_np(::pthread_self(), "hrn-crew"));  // for `top -H`
    std::unique_lock lock(mutex_);
    for (;;) {
        wanted_.wait(lock, [this] { return leaving_ || !jobs_.empty(); });
        if (leaving_) {
            return;
        }
        const std::shared_ptr<Job> job = jobs_.front();
        lock.unlock();
        job->work();
        lock.lock();
        // Nothing is left of it to begin with.
        std::erase(jobs_, job);
    }
}

}  // namespace hrn::front
