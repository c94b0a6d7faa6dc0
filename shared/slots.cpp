#include "shared/slots.hpp"

#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

namespace hrn {
namespace {

// SlotState in one word: bit 0 occupied, bits 8-15 stage, bits 16-23 presence, bits 32-47 thread.
constexpr std::uint64_t kOccupied = 1;
constexpr int kStageShift = 8, kPresenceShift = 16, kThreadShift = 32;
constexpr std::uint64_t kKnownBits = kOccupied | (std::uint64_t{0xFF} << kStageShift) |
                                     (std::uint64_t{0xFF} << kPresenceShift) |
                                     (std::uint64_t{0xFFFF} << kThreadShift);

void store(std::uint64_t& word, std::uint64_t value, std::memory_order order = std::memory_order_relaxed) {
    std::atomic_ref<std::uint64_t>(word).store(value, order);
}
std::uint64_t load(const std::uint64_t& word) {
    return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(word)).load(std::memory_order_relaxed);
}

// Ids are copied as two words, so that the supervisor's look at them is no data race.
void store_id(std::array<std::uint8_t, 16>& to, const TaskId& id) {
    auto* words = reinterpret_cast<std::uint64_t*>(to.data());
    for (std::size_t i = 0; i < 2; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, id.bytes.data() + 8 * i, 8);
        store(words[i], word);
    }
}
TaskId load_id(const std::array<std::uint8_t, 16>& from) {
    TaskId id;
    const auto* words = reinterpret_cast<const std::uint64_t*>(from.data());
    for (std::size_t i = 0; i < 2; ++i) {
        const std::uint64_t word = load(words[i]);
        std::memcpy(id.bytes.data() + 8 * i, &word, 8);
    }
    return id;
}
static_assert(offsetof(InFlightSlot, id) % 8 == 0);

std::uint64_t monotonic_nanoseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

Stage stage_or_none(std::uint64_t word) {
    return word < kStageCount ? static_cast<Stage>(word) : Stage::none;
}

}  // namespace

std::uint64_t SlotState::pack() const {
    return (occupied ? kOccupied : 0) | (static_cast<std::uint64_t>(stage) << kStageShift) |
           (static_cast<std::uint64_t>(presence) << kPresenceShift) |
           (static_cast<std::uint64_t>(thread) << kThreadShift);
}

std::optional<SlotState> SlotState::unpack(std::uint64_t word) {
    if (word == 0) {
        return SlotState{};
    }
    const std::uint64_t stage = (word >> kStageShift) & 0xFF;
    const std::uint64_t presence = (word >> kPresenceShift) & 0xFF;
    const std::uint64_t thread = (word >> kThreadShift) & 0xFFFF;
    if ((word & kOccupied) == 0 || (word & ~kKnownBits) != 0 || stage >= kStageCount || presence > 1 ||
        thread > kMaxThreads) {
        return std::nullopt;
    }
    // Who is in a stage is in a real one, on a thread that exists.
    if (presence == 1 && (stage == 0 || thread == kMaxThreads)) {
        return std::nullopt;
    }
    return SlotState{true, static_cast<Stage>(stage), static_cast<Presence>(presence),
                     static_cast<std::uint16_t>(thread)};
}

std::optional<int> SlotWriter::occupy(const TaskId& id, std::uint32_t attempt) {
    for (std::size_t i = 0; i < segment_->slots.size(); ++i) {
        InFlightSlot& slot = segment_->slots[i];
        // acquire: pairs with clear() on the write thread, whose use of this slot is over then.
        if (std::atomic_ref<std::uint64_t>(slot.state).load(std::memory_order_acquire) != 0) {
            continue;
        }
        store_id(slot.id, id);
        std::atomic_ref<std::uint32_t>(slot.attempt).store(attempt, std::memory_order_relaxed);
        store(slot.state, SlotState{true, Stage::none, Presence::waiting, kMaxThreads}.pack(),
              std::memory_order_release);
        return static_cast<int>(i);
    }
    return std::nullopt;
}

void SlotWriter::enter(int slot, Stage stage, int thread) {
    const SlotState state{true, stage, Presence::in, static_cast<std::uint16_t>(thread)};
    store(segment_->slots[static_cast<std::size_t>(slot)].state, state.pack());
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

void SlotWriter::leave(int slot, Stage next) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    const SlotState state{true, next, Presence::waiting, kMaxThreads};
    store(segment_->slots[static_cast<std::size_t>(slot)].state, state.pack(), std::memory_order_release);
}

void SlotWriter::clear(int slot) {
    store(segment_->slots[static_cast<std::size_t>(slot)].state, 0, std::memory_order_release);
}

ThreadReporter::ThreadReporter(ReportsSegment* segment, int index) : segment_(segment), index_(index) {
    store(segment_->threads[static_cast<std::size_t>(index_)].thread_id,
          static_cast<std::uint64_t>(::gettid()), std::memory_order_release);
}

void ThreadReporter::begin(Stage stage) {
    begun_ = monotonic_nanoseconds();
    ThreadProgress& progress = segment_->threads[static_cast<std::size_t>(index_)];
    store(progress.progress, ++progress_);
    store(progress.stage, static_cast<std::uint64_t>(stage), std::memory_order_release);
}

void ThreadReporter::step() {
    store(segment_->threads[static_cast<std::size_t>(index_)].progress, ++progress_);
}

void ThreadReporter::end() {
    busy_ += monotonic_nanoseconds() - begun_;
    ThreadProgress& progress = segment_->threads[static_cast<std::size_t>(index_)];
    store(progress.busy_nanoseconds, busy_);
    store(progress.progress, ++progress_);
    store(progress.stage, static_cast<std::uint64_t>(Stage::none), std::memory_order_release);
}

SegmentView read_segment(const ReportsSegment& segment) {
    SegmentView view;
    for (const InFlightSlot& slot : segment.slots) {
        const std::uint64_t word = ring_detail::load_acquire(slot.state);
        if (word == 0) {
            continue;
        }
        const std::optional<SlotState> state = SlotState::unpack(word);
        HeldTask held;
        held.id = load_id(slot.id);
        held.attempt = std::atomic_ref<std::uint32_t>(const_cast<std::uint32_t&>(slot.attempt))
                           .load(std::memory_order_relaxed);
        if (!state || held.id.empty() || held.attempt == 0) {
            ++view.garbled_slots;
            continue;
        }
        held.state = *state;
        view.held.push_back(held);
    }
    for (const ThreadProgress& thread : segment.threads) {
        const std::uint64_t thread_id = ring_detail::load_acquire(thread.thread_id);
        view.threads.push_back({load(thread.progress), stage_or_none(load(thread.stage)),
                                load(thread.busy_nanoseconds), thread_id});
    }
    while (!view.threads.empty() && view.threads.back().thread_id == 0) {
        view.threads.pop_back();
    }
    if (const std::uint64_t signal = ring_detail::load_acquire(segment.last_words.signal); signal != 0) {
        LastWordsView words;
        words.signal = signal <= 64 ? static_cast<int>(signal) : 0;
        words.address = load(segment.last_words.address);
        words.thread_id = load(segment.last_words.thread_id);
        const std::uint64_t index = load(segment.last_words.thread_index);
        if (index < kMaxThreads) {
            words.thread = static_cast<int>(index);
        }
        view.last_words = words;
    }
    view.counters.images = load(segment.counters.images);
    view.counters.batches = load(segment.counters.batches);
    view.counters.device_busy_nanoseconds = load(segment.counters.device_busy_nanoseconds);
    view.counters.rss_bytes = load(segment.counters.rss_bytes);
    view.counters.device_bytes = load(segment.counters.device_bytes);
    return view;
}

}  // namespace hrn
