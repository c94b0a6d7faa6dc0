// A few threads that share one loop at a time. The loop is cut into as many equal ranges as there are
// threads; a body that writes only elements of its own range gives the same bits with any number of them.
//
// Owned by the Core (or a test); over() is called by one thread at a time, which takes part. An exception of
// the body comes out of over() after all ranges have ended; the first one wins.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hrn::core {

class Team {
public:
    explicit Team(int threads);  // including the caller; less than 1 counts as 1
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    // body(begin, end) for ranges that together are 0..count; returns when all are done.
    void over(std::size_t count, const std::function<void(std::size_t, std::size_t)>& body);
    [[nodiscard]] int size() const { return static_cast<int>(threads_.size()) + 1; }

private:
    void serve(std::size_t rank);
    void work(std::size_t rank) noexcept;

    std::mutex mutex_;
    std::condition_variable start_;
    std::condition_variable finished_;
    std::uint64_t round_ = 0;     // counts calls of over()
    std::size_t unfinished_ = 0;  // threads still in this round
    bool leaving_ = false;
    const std::function<void(std::size_t, std::size_t)>* body_ = nullptr;
    std::size_t count_ = 0;
    std::exception_ptr error_;
    std::vector<std::thread> threads_;
};

}  // namespace hrn::core
