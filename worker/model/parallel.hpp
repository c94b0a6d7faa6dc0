// Runs `body(i)` for i in 0..count-1 on all cores and waits. The first exception is rethrown here, after
// all threads have ended. Bodies must not depend on each other.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace hrn::model {

template <class Body>
void parallel_for(std::size_t count, Body body) {
    std::atomic<std::size_t> next{0};
    std::mutex guard;
    std::exception_ptr problem;
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++) {
                body(i);
            }
        } catch (...) {
            next = count;
            const std::lock_guard lock(guard);
            if (!problem) {
                problem = std::current_exception();
            }
        }
    };
    {
        const std::size_t threads =
            std::min<std::size_t>(count, std::max(1u, std::thread::hardware_concurrency()));
        std::vector<std::jthread> pool;
        for (std::size_t i = 1; i < threads; ++i) {
            pool.emplace_back(work);
        }
        work();
    }
    if (problem) {
        std::rethrow_exception(problem);
    }
}

}  // namespace hrn::model
