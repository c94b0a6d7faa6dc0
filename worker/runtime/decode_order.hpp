// Which of the images that wait for a decode thread is decoded next: the smallest file, so that a large photo
// does not hold up the small ones behind it while the device waits. The oldest is passed over at most
// kMostPassed times in a row. A file's size is the estimate of its decoding: the header is not read before.
//
// Owned by the pipeline; called by the queue under its lock (bounded_queue.hpp).
#pragma once

#include <cstddef>
#include <deque>

namespace hrn::runtime {

class DecodeOrder {
public:
    static constexpr int kMostPassed = 8;

    // A position in `tasks`, which is not empty and in the order of arrival; `bytes_of(task)` is its file's
    // size.
    template <typename Task, typename BytesOf>
    [[nodiscard]] std::size_t choose(const std::deque<Task>& tasks, const BytesOf& bytes_of) {
        std::size_t smallest = 0;
        for (std::size_t i = 1; i < tasks.size(); ++i) {
            if (bytes_of(tasks[i]) < bytes_of(tasks[smallest])) {
                smallest = i;
            }
        }
        if (smallest == 0 || passed_ >= kMostPassed) {
            passed_ = 0;
            return 0;
        }
        ++passed_;
        return smallest;
    }

private:
    int passed_ = 0;  // how often the oldest was
};

}  // namespace hrn::runtime
