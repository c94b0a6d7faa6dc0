// The in-flight slots, progress counters and last words of a reports segment: writing them (worker) and
// reading them (supervisor). The rules are in docs/design/rings.md; what a dead worker was doing is read
// from here and from nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/segment.hpp"

namespace hrn {

// The packed word of InFlightSlot::state.
struct SlotState {
    bool occupied = false;
    Stage stage = Stage::none;
    Presence presence = Presence::waiting;
    std::uint16_t thread = kMaxThreads;  // index into threads[] of the thread that is in the stage

    [[nodiscard]] std::uint64_t pack() const;
    // Out-of-range fields of a hostile word give nothing.
    [[nodiscard]] static std::optional<SlotState> unpack(std::uint64_t word);
};

// --- worker side; each slot is changed by one thread at a time (the one that owns the task just now)
// --------
class SlotWriter {
public:
    explicit SlotWriter(ReportsSegment* segment) : segment_(segment) {}

    // Fills a free slot for a task taken from the ring: id and attempt first, then the state (release).
    // Called by the order-taking thread only. kMaxInFlight tasks are held: nothing.
    [[nodiscard]] std::optional<int> occupy(const TaskId& id, std::uint32_t attempt);
    // Entering: relaxed store, then a compiler fence (atomic_signal_fence): a signal handler of this thread,
    // or the kernel stopping it, must see the stage before its first instruction.
    void enter(int slot, Stage stage, int thread);
    // Leaving: fence, then release store of "waiting for `next`".
    void leave(int slot, Stage next);
    // After the task's report was published.
    void clear(int slot);

private:
    ReportsSegment* segment_;
};

// One per stage thread of a worker; counts progress and says what the thread does.
class ThreadReporter {
public:
    ThreadReporter(ReportsSegment* segment, int index);  // writes thread_id
    void begin(Stage stage);
    void step();  // progress within a long stage
    void end();   // adds to busy_nanoseconds
    [[nodiscard]] int index() const { return index_; }

private:
    ReportsSegment* segment_;
    int index_;
    std::uint64_t progress_ = 0;
    std::uint64_t begun_ = 0;
    std::uint64_t busy_ = 0;
};

// --- supervisor side: everything loaded once, checked, returned by value
// ------------------------------------
struct HeldTask {
    TaskId id;
    std::uint32_t attempt = 0;
    SlotState state;
};
struct ThreadView {
    std::uint64_t progress = 0;
    Stage stage = Stage::none;
    std::uint64_t busy_nanoseconds = 0;
    std::uint64_t thread_id = 0;
};
struct LastWordsView {
    int signal = 0;
    std::uint64_t address = 0;
    std::uint64_t thread_id = 0;
    std::optional<int> thread;  // index into threads
};
struct SegmentView {
    std::vector<HeldTask> held;       // occupied slots whose words make sense
    std::uint32_t garbled_slots = 0;  // occupied, but nonsense: the worker's fault
    std::vector<ThreadView> threads;  // by index, up to the last one in use; thread_id 0: unused
    std::optional<LastWordsView> last_words;
    WorkerCounters counters;
};
[[nodiscard]] SegmentView read_segment(const ReportsSegment& segment);

}  // namespace hrn
