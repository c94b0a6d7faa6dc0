// A single-producer single-consumer ring of fixed records across two processes that do not trust each other
// (design.md 6, docs/design/rings.md).
//
// The producer's index and the records lie in the producer's segment, the consumer's index in the
// consumer's: nobody can write what the other one relies on. Indices are 64-bit, start at 0 and only grow;
// record i lies at i & (capacity - 1). Each side keeps its own index in private memory and merely publishes
// it, so garbage in shared memory can never move one's own position.
//
// One RingProducer and one RingConsumer per ring, each used by one thread at a time. Never blocks, never
// allocates. A peer index that runs backwards or claims more than the capacity is a protocol error and the
// peer's fault: the side that sees it gets RingStatus::corrupt and must stop using the ring.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace hrn {

enum class RingStatus : std::uint8_t { ok, empty, full, corrupt };

// An index alone on two cache lines: the neighbouring-line prefetcher would otherwise share it.
struct alignas(128) RingIndex {
    std::uint64_t value = 0;  // touched through atomic_ref only
    std::uint8_t padding[120] = {};
};
static_assert(sizeof(RingIndex) == 128);
static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);

namespace ring_detail {

// Records are copied word by word with relaxed atomics: the peer may be writing the same words (it should
// not, but it is not trusted), and a plain memcpy would then be a data race and undefined behaviour.
template <typename Record>
void store_words(Record* to, const Record& from) {
    static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % 8 == 0);
    auto* words = reinterpret_cast<std::uint64_t*>(to);
    const auto* bytes = reinterpret_cast<const unsigned char*>(&from);
    for (std::size_t i = 0; i < sizeof(Record) / 8; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes + 8 * i, 8);
        std::atomic_ref<std::uint64_t>(words[i]).store(word, std::memory_order_relaxed);
    }
}

template <typename Record>
void load_words(Record& to, const Record* from) {
    static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % 8 == 0);
    // atomic_ref needs a non-const object; a relaxed load of a lock-free word only reads, so it is fine on
    // a mapping that is PROT_READ.
    auto* words = reinterpret_cast<std::uint64_t*>(const_cast<Record*>(from));
    auto* bytes = reinterpret_cast<unsigned char*>(&to);
    for (std::size_t i = 0; i < sizeof(Record) / 8; ++i) {
        const std::uint64_t word = std::atomic_ref<std::uint64_t>(words[i]).load(std::memory_order_relaxed);
        std::memcpy(bytes + 8 * i, &word, 8);
    }
}

inline std::uint64_t load_acquire(const std::uint64_t& word) {
    return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(word)).load(std::memory_order_acquire);
}

}  // namespace ring_detail

template <typename Record>
class RingProducer {
public:
    // records[capacity] and own_index lie in the producer's segment, peer_index in the consumer's.
    // capacity: a power of two. All three outlive the producer.
    RingProducer(Record* records, std::uint64_t capacity, RingIndex* own_index, const RingIndex* peer_index)
        : records_(records), capacity_(capacity), own_(own_index), peer_(peer_index) {}

    // full: try again after the consumer has taken something. corrupt: the consumer's index is nonsense.
    [[nodiscard]] RingStatus push(const Record& record) {
        if (tail_ - head_seen_ >= capacity_) {
            // acquire: pairs with the consumer's release, so its reads of the slot happen before our
            // overwrite.
            const std::uint64_t head = ring_detail::load_acquire(peer_->value);
            if (head < head_seen_ || head > tail_) {
                return RingStatus::corrupt;
            }
            head_seen_ = head;
            if (tail_ - head_seen_ >= capacity_) {
                return RingStatus::full;
            }
        }
        ring_detail::store_words(&records_[tail_ & (capacity_ - 1)], record);
        ++tail_;
        // release: the record's words are visible before the index that covers them. A producer killed before
        // this store leaves nothing; killed after it, a whole record.
        std::atomic_ref<std::uint64_t>(own_->value).store(tail_, std::memory_order_release);
        return RingStatus::ok;
    }

    // Records pushed and not yet taken, as far as the consumer says; corrupt peers count as capacity.
    [[nodiscard]] std::uint64_t pending() {
        const std::uint64_t head = ring_detail::load_acquire(peer_->value);
        if (head < head_seen_ || head > tail_) {
            return capacity_;
        }
        head_seen_ = head;
        return tail_ - head;
    }
    // ok: `places` more records fit now. Looks at the consumer's index each time.
    [[nodiscard]] RingStatus room_for(std::uint64_t places) {
        const std::uint64_t head = ring_detail::load_acquire(peer_->value);
        if (head < head_seen_ || head > tail_) {
            return RingStatus::corrupt;
        }
        head_seen_ = head;
        return tail_ - head + places <= capacity_ ? RingStatus::ok : RingStatus::full;
    }
    [[nodiscard]] std::uint64_t pushed() const { return tail_; }
    // What the consumer has taken so far, as last seen by push() or pending().
    [[nodiscard]] std::uint64_t taken_seen() const { return head_seen_; }

private:
    Record* records_;
    std::uint64_t capacity_;
    RingIndex* own_;
    const RingIndex* peer_;
    std::uint64_t tail_ = 0;       // ours; own_->value only mirrors it
    std::uint64_t head_seen_ = 0;  // the peer's, last valid value
};

template <typename Record>
class RingConsumer {
public:
    // records[capacity] and peer_index lie in the producer's segment, own_index in the consumer's.
    RingConsumer(const Record* records, std::uint64_t capacity, RingIndex* own_index,
                 const RingIndex* peer_index)
        : records_(records), capacity_(capacity), own_(own_index), peer_(peer_index) {}

    // Copies the oldest record out without freeing its slot; call release() once the record is safely
    // accounted for (an in-flight slot written, a report acted on).
    [[nodiscard]] RingStatus peek(Record& out) {
        if (tail_seen_ == head_) {
            // acquire: pairs with the producer's release, so the record's words are there.
            const std::uint64_t tail = ring_detail::load_acquire(peer_->value);
            if (tail < tail_seen_ || tail - head_ > capacity_) {
                return RingStatus::corrupt;
            }
            tail_seen_ = tail;
            if (tail_seen_ == head_) {
                return RingStatus::empty;
            }
        }
        ring_detail::load_words(out, &records_[head_ & (capacity_ - 1)]);
        return RingStatus::ok;
    }

    // Frees the slot of the record that peek() returned.
    void release() {
        ++head_;
        // release: our reads of the slot happen before the producer may overwrite it.
        std::atomic_ref<std::uint64_t>(own_->value).store(head_, std::memory_order_release);
    }

    [[nodiscard]] RingStatus pop(Record& out) {
        const RingStatus status = peek(out);
        if (status == RingStatus::ok) {
            release();
        }
        return status;
    }
    [[nodiscard]] std::uint64_t taken() const { return head_; }

private:
    const Record* records_;
    std::uint64_t capacity_;
    RingIndex* own_;
    const RingIndex* peer_;
    std::uint64_t head_ = 0;       // ours
    std::uint64_t tail_seen_ = 0;  // the peer's, last valid value
};

}  // namespace hrn
