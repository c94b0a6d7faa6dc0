// The ring's rules (design.md 6), one test each. Both sides live in this process except where two processes
// are the point.
#include "shared/ring.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <thread>

#include "tests/unit/shared/stepped_child.hpp"

namespace hrn {
namespace {

struct Record {
    std::array<std::uint64_t, 8> words{};
    static Record of(std::uint64_t value) {
        Record record;
        for (std::size_t i = 0; i < record.words.size(); ++i) {
            record.words[i] = value * 31 + i;
        }
        return record;
    }
    bool operator==(const Record&) const = default;
};

constexpr std::uint64_t kCapacity = 4;

// What would lie in two segments.
struct Memory {
    std::array<Record, kCapacity> records{};
    RingIndex tail;  // of the producer
    RingIndex head;  // of the consumer
};

class Ring : public testing::Test {
protected:
    Memory memory_;
    RingProducer<Record> producer_{memory_.records.data(), kCapacity, &memory_.tail, &memory_.head};
    RingConsumer<Record> consumer_{memory_.records.data(), kCapacity, &memory_.head, &memory_.tail};
    Record out_;
};

TEST_F(Ring, IsEmptyAtFirst) {
    EXPECT_EQ(consumer_.pop(out_), RingStatus::empty);
    EXPECT_EQ(producer_.pending(), 0U);
}

TEST_F(Ring, GivesRecordsInTheirOrder) {
    ASSERT_EQ(producer_.push(Record::of(1)), RingStatus::ok);
    ASSERT_EQ(producer_.push(Record::of(2)), RingStatus::ok);
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    EXPECT_EQ(out_, Record::of(1));
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    EXPECT_EQ(out_, Record::of(2));
    EXPECT_EQ(consumer_.pop(out_), RingStatus::empty);
}

TEST_F(Ring, RefusesARecordWhenFull) {
    for (std::uint64_t i = 0; i < kCapacity; ++i) {
        ASSERT_EQ(producer_.push(Record::of(i)), RingStatus::ok);
    }
    EXPECT_EQ(producer_.push(Record::of(9)), RingStatus::full);
    EXPECT_EQ(producer_.pushed(), kCapacity);
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    EXPECT_EQ(out_, Record::of(0));
}

TEST_F(Ring, TakesARecordAgainOnceOneWasReleased) {
    for (std::uint64_t i = 0; i < kCapacity; ++i) {
        ASSERT_EQ(producer_.push(Record::of(i)), RingStatus::ok);
    }
    ASSERT_EQ(consumer_.peek(out_), RingStatus::ok);
    EXPECT_EQ(producer_.push(Record::of(9)), RingStatus::full) << "a peeked record still has its place";
    consumer_.release();
    EXPECT_EQ(producer_.push(Record::of(9)), RingStatus::ok);
    EXPECT_EQ(producer_.taken_seen(), 1U);
}

TEST_F(Ring, PeekingTwiceGivesTheSameRecord) {
    ASSERT_EQ(producer_.push(Record::of(1)), RingStatus::ok);
    ASSERT_EQ(consumer_.peek(out_), RingStatus::ok);
    out_ = Record();
    ASSERT_EQ(consumer_.peek(out_), RingStatus::ok);
    EXPECT_EQ(out_, Record::of(1));
    EXPECT_EQ(consumer_.taken(), 0U);
}

TEST_F(Ring, WrapsAroundManyTimes) {
    for (std::uint64_t i = 0; i < 10 * kCapacity + 3; ++i) {
        ASSERT_EQ(producer_.push(Record::of(i)), RingStatus::ok);
        ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
        ASSERT_EQ(out_, Record::of(i));
    }
    EXPECT_EQ(memory_.tail.value, 10 * kCapacity + 3) << "indices only grow";
}

TEST_F(Ring, CountsWhatIsPending) {
    ASSERT_EQ(producer_.push(Record::of(1)), RingStatus::ok);
    ASSERT_EQ(producer_.push(Record::of(2)), RingStatus::ok);
    EXPECT_EQ(producer_.pending(), 2U);
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    EXPECT_EQ(producer_.pending(), 1U);
}

TEST_F(Ring, ConsumerCallsAnIndexBeyondTheCapacityCorrupt) {
    memory_.tail.value = kCapacity + 1;
    EXPECT_EQ(consumer_.pop(out_), RingStatus::corrupt);
    memory_.tail.value = std::numeric_limits<std::uint64_t>::max();
    EXPECT_EQ(consumer_.pop(out_), RingStatus::corrupt);
}

TEST_F(Ring, ConsumerTakesAnIndexOfExactlyTheCapacity) {
    memory_.tail.value = kCapacity;
    EXPECT_EQ(consumer_.pop(out_), RingStatus::ok);
}

TEST_F(Ring, ConsumerCallsAnIndexThatRunsBackwardsCorrupt) {
    ASSERT_EQ(producer_.push(Record::of(1)), RingStatus::ok);
    ASSERT_EQ(producer_.push(Record::of(2)), RingStatus::ok);
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    memory_.tail.value = 1;
    EXPECT_EQ(consumer_.pop(out_), RingStatus::corrupt);
}

TEST_F(Ring, ProducerCallsAnIndexAheadOfItsOwnCorrupt) {
    for (std::uint64_t i = 0; i < kCapacity; ++i) {
        ASSERT_EQ(producer_.push(Record::of(i)), RingStatus::ok);
    }
    memory_.head.value = kCapacity + 1;
    EXPECT_EQ(producer_.push(Record::of(9)), RingStatus::corrupt);
    EXPECT_EQ(producer_.pending(), kCapacity) << "a corrupt peer has room for nothing";
}

TEST_F(Ring, ProducerCallsAnIndexThatRunsBackwardsCorrupt) {
    for (std::uint64_t i = 0; i < kCapacity; ++i) {
        ASSERT_EQ(producer_.push(Record::of(i)), RingStatus::ok);
    }
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    ASSERT_EQ(producer_.push(Record::of(4)), RingStatus::ok);  // has seen head = 2
    ASSERT_EQ(producer_.push(Record::of(5)), RingStatus::ok);
    memory_.head.value = 1;
    EXPECT_EQ(producer_.push(Record::of(6)), RingStatus::corrupt);
}

TEST_F(Ring, GarbageInTheMirrorOfOnesOwnIndexDoesNotMoveIt) {
    ASSERT_EQ(producer_.push(Record::of(1)), RingStatus::ok);
    memory_.tail.value = 77;
    ASSERT_EQ(producer_.push(Record::of(2)), RingStatus::ok);
    EXPECT_EQ(memory_.tail.value, 2U);
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    memory_.head.value = 99;
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    EXPECT_EQ(out_, Record::of(2));
    EXPECT_EQ(memory_.head.value, 2U);
}

// The peer may write into a record while it is read. What comes out is then garbage, to be found by
// validation; it must be a copy, so that what was validated is what is used.
TEST_F(Ring, GivesACopyThatLaterWritesDoNotReach) {
    ASSERT_EQ(producer_.push(Record::of(1)), RingStatus::ok);
    ASSERT_EQ(consumer_.peek(out_), RingStatus::ok);
    memory_.records[0] = Record::of(666);
    EXPECT_EQ(out_, Record::of(1));
}

TEST_F(Ring, ATornRecordComesOutAsItLies) {
    ASSERT_EQ(producer_.push(Record::of(1)), RingStatus::ok);
    memory_.records[0].words[5] = 0xDEAD;
    ASSERT_EQ(consumer_.pop(out_), RingStatus::ok);
    EXPECT_EQ(out_.words[4], Record::of(1).words[4]);
    EXPECT_EQ(out_.words[5], 0xDEADU);
}

TEST(RingThreads, NoRecordIsLostDoubledOrTornBetweenTwoThreads) {
    constexpr std::uint64_t kRecords = 50'000;
    Memory memory;
    std::thread producing([&] {
        RingProducer<Record> producer(memory.records.data(), kCapacity, &memory.tail, &memory.head);
        for (std::uint64_t i = 0; i < kRecords;) {
            if (producer.push(Record::of(i)) == RingStatus::ok) {
                ++i;
            } else {
                std::this_thread::yield();
            }
        }
    });
    RingConsumer<Record> consumer(memory.records.data(), kCapacity, &memory.head, &memory.tail);
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < kRecords;) {
        Record record;
        if (consumer.pop(record) == RingStatus::ok) {
            wrong += record == Record::of(i) ? 0 : 1;
            ++i;
        } else {
            std::this_thread::yield();
        }
    }
    producing.join();
    EXPECT_EQ(wrong, 0U);
}

TEST(RingProcesses, NoRecordIsLostDoubledOrTornBetweenTwoProcesses) {
    constexpr std::uint64_t kRecords = 50'000;
    const test::SharedMemory shared(sizeof(Memory));
    auto& memory = *new (shared.get()) Memory();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        RingProducer<Record> producer(memory.records.data(), kCapacity, &memory.tail, &memory.head);
        for (std::uint64_t i = 0; i < kRecords;) {
            const RingStatus status = producer.push(Record::of(i));
            if (status == RingStatus::corrupt) {
                ::_exit(1);
            }
            if (status == RingStatus::ok) {
                ++i;
            } else {
                ::sched_yield();
            }
        }
        ::_exit(0);
    }
    RingConsumer<Record> consumer(memory.records.data(), kCapacity, &memory.head, &memory.tail);
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < kRecords;) {
        Record record;
        const RingStatus status = consumer.pop(record);
        ASSERT_NE(status, RingStatus::corrupt);
        if (status == RingStatus::ok) {
            wrong += record == Record::of(i) ? 0 : 1;
            ++i;
        } else {
            ::sched_yield();
        }
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace hrn
