// A loop over independent items on a few threads, for the per-face work between two networks.
//
// Called from any thread; returns when all items are done. An item that throws ends its thread's share and
// the first such exception comes out of parallel_for.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace hrn::front {

template <typename Function>
void parallel_for(std::size_t count, int threads, Function function) {
    std::atomic<std::size_t> next{0};
    std::atomic_flag failed;
    std::exception_ptr error;
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++) {
                function(i);
            }
        } catch (...) {
            if (!failed.test_and_set()) {
                error = std::current_exception();
            }
        }
    };
    {
        const std::size_t helpers = std::min<std::size_t>(count, std::max(threads, 1)) - (count == 0 ? 0 : 1);
        std::vector<std::jthread> team;
        for (std::size_t i = 0; i < helpers; ++i) {
            team.emplace_back(work);
        }
        work();
    }  // joins
    if (error) {
        std::rethrow_exception(error);
    }
}

}  // namespace hrn::front
