#include "worker/hrn/core/team.hpp"

#include <pthread.h>

#include <utility>

namespace hrn::core {

Team::Team(int threads) {
    try {
        for (int rank = 1; rank < threads; ++rank) {
            threads_.emplace_back([this, rank] { serve(static_cast<std::size_t>(rank)); });
        }
    } catch (...) {
        {
            const std::lock_guard lock(mutex_);
            leaving_ = true;
        }
        start_.notify_all();
        for (auto& thread : threads_) {
            thread.join();
        }
        throw;
    }
}

Team::~Team() {
    {
        const std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    start_.notify_all();
    for (auto& thread : threads_) {
        thread.join();
    }
}

void Team::over(std::size_t count, const std::function<void(std::size_t, std::size_t)>& body) {
    if (threads_.empty()) {
        body(0, count);
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        body_ = &body;
        count_ = count;
        error_ = nullptr;
        unfinished_ = threads_.size();
        ++round_;
    }
    start_.notify_all();
    work(0);
    std::exception_ptr error;
    {
        std::unique_lock lock(mutex_);
        finished_.wait(lock, [this] { return unfinished_ == 0; });
        body_ = nullptr;
        error = std::exchange(error_, nullptr);
    }
    if (error) {
        std::rethrow_exception(error);
    }
}

void Team::serve(std::size_t rank) {
    static_cast<void>(::pthread_setname_np(::pthread_self(), "hrn-team"));  // for `top -H`
    std::uint64_t seen = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            start_.wait(lock, [&] { return leaving_ || round_ != seen; });
            if (leaving_) {
                return;
            }
            seen = round_;
        }
        work(rank);
        const std::lock_guard lock(mutex_);
        if (--unfinished_ == 0) {
            finished_.notify_one();
        }
    }
}

void Team::work(std::size_t rank) noexcept {
    const std::size_t members = threads_.size() + 1;
    const std::size_t begin = count_ * rank / members;
    const std::size_t end = count_ * (rank + 1) / members;
    try {
        if (begin < end) {
            (*body_)(begin, end);
        }
    } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) {
            error_ = std::current_exception();
        }
    }
}

}  // namespace hrn::core
