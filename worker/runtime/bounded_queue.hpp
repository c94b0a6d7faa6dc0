// A queue with room for a fixed number of items between the threads of two stages: a producer that is ahead
// waits, so that a worker never holds more images in memory than its queues have room for.
//
// Shared by its producers and consumers; any number of each. push() and the pops block. Closing ends it
// tidily (what is in it is still taken), stopping at once (nothing more is taken). Never throws, except what
// moving an item throws.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace hrn::runtime {

template <typename T>
class BoundedQueue {
public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity < 1 ? 1 : capacity) {}

    // More room than at first; before its producers start.
    void widen(std::size_t capacity) {
        const std::lock_guard lock(mutex_);
        capacity_ = std::max(capacity_, capacity);
    }

    // Waits for room. false: the queue is closed, and `item` was not moved from.
    [[nodiscard]] bool push(T& item) {
        {
            std::unique_lock lock(mutex_);
            room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
            if (closed_) {
                return false;
            }
            items_.push_back(std::move(item));
        }
        filled_.notify_one();
        return true;
    }

    // Waits for an item. Nothing: closed and empty, or stopped.
    [[nodiscard]] std::optional<T> pop() {
        return pop([](const std::deque<T>&) { return std::size_t{0}; });
    }

    // The same, but not the oldest: the one at the position that choose(items) names.
    template <typename Choose>
    [[nodiscard]] std::optional<T> pop(const Choose& choose) {
        std::optional<T> item;
        {
            std::unique_lock lock(mutex_);
            filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
            if (stopped_ || items_.empty()) {
                return item;
            }
            const auto chosen = items_.begin() + static_cast<std::ptrdiff_t>(choose(std::as_const(items_)));
            item = std::move(*chosen);
            items_.erase(chosen);
        }
        room_.notify_one();
        return item;
    }

    // Gathers a batch: waits for a first item as long as it takes, then for more until there are `most`, or
    // `wait` has passed, or coming() says that none are on their way; whoever makes it say so calls nudge().
    // Empty: closed and empty, or stopped.
    [[nodiscard]] std::vector<T> pop_batch(
        std::size_t most, std::chrono::milliseconds wait,
        const std::function<bool()>& coming = [] { return true; }) {
        std::vector<T> batch;
        {
            std::unique_lock lock(mutex_);
            filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
            const auto deadline = std::chrono::steady_clock::now() + wait;
            while (!stopped_ && batch.size() < most) {
                if (!items_.empty()) {
                    batch.push_back(take_front());
                    // At once, not at the end: a producer may be waiting for just this room.
                    room_.notify_one();
                    continue;
                }
                if (closed_ || !coming()) {
                    break;
                }
                const bool in_time = filled_.wait_until(
                    lock, deadline, [&] { return closed_ || !items_.empty() || !coming(); });
                if (!in_time) {
                    break;
                }
            }
        }
        return batch;
    }

    // Whoever waits in pop_batch() asks coming() again.
    void nudge() {
        { const std::lock_guard lock(mutex_); }
        filled_.notify_all();
    }

    // Takes out the first item for which `wanted` holds; nothing if there is none. Does not wait.
    template <typename Wanted>
    [[nodiscard]] std::optional<T> take_if(const Wanted& wanted) {
        std::optional<T> item;
        {
            const std::lock_guard lock(mutex_);
            const auto found = std::find_if(items_.begin(), items_.end(), wanted);
            if (stopped_ || found == items_.end()) {
                return item;
            }
            item = std::move(*found);
            items_.erase(found);
        }
        room_.notify_one();
        return item;
    }

    // No more items come; those inside are still taken.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        room_.notify_all();
        filled_.notify_all();
    }

    // As close(), and nothing that is inside is taken any more.
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            stopped_ = true;
        }
        room_.notify_all();
        filled_.notify_all();
    }

    [[nodiscard]] bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

private:
    T take_front() {
        T item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

    std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<T> items_;
    bool closed_ = false;
    bool stopped_ = false;
};

}  // namespace hrn::runtime
