#include "shared/slots.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>

namespace hrn {
namespace {

class Slots : public testing::Test {
protected:
    std::unique_ptr<ReportsSegment> segment_ = std::make_unique<ReportsSegment>();
    SlotWriter writer_{segment_.get()};
};

TEST(SlotState, PackingAndUnpackingGiveTheSame) {
    for (int stage = 0; stage < kStageCount; ++stage) {
        for (const Presence presence : {Presence::waiting, Presence::in}) {
            for (const std::uint16_t thread :
                 {std::uint16_t{0}, std::uint16_t{17}, std::uint16_t{kMaxThreads - 1}}) {
                const SlotState state{true, static_cast<Stage>(stage), presence, thread};
                const auto again = SlotState::unpack(state.pack());
                if (presence == Presence::in && stage == 0) {
                    EXPECT_FALSE(again) << "nobody can be in no stage";
                    continue;
                }
                ASSERT_TRUE(again);
                EXPECT_EQ(again->stage, state.stage);
                EXPECT_EQ(again->presence, state.presence);
                EXPECT_EQ(again->thread, state.thread);
                EXPECT_TRUE(again->occupied);
            }
        }
    }
}

TEST(SlotState, ZeroIsFree) {
    ASSERT_TRUE(SlotState::unpack(0));
    EXPECT_FALSE(SlotState::unpack(0)->occupied);
}

TEST(SlotState, HostileWordsGiveNothing) {
    const std::uint64_t right = SlotState{true, Stage::infer, Presence::in, 3}.pack();
    ASSERT_TRUE(SlotState::unpack(right));
    EXPECT_FALSE(SlotState::unpack(right & ~std::uint64_t{1})) << "not occupied, yet not zero";
    EXPECT_FALSE(SlotState::unpack(right | 0x80)) << "unknown bit";
    EXPECT_FALSE(SlotState::unpack(right | (std::uint64_t{1} << 63))) << "unknown bit";
    EXPECT_FALSE(SlotState::unpack((right & ~std::uint64_t{0xFF00}) | (std::uint64_t{kStageCount} << 8)));
    EXPECT_FALSE(SlotState::unpack((right & ~std::uint64_t{0xFF0000}) | (std::uint64_t{2} << 16)));
    EXPECT_FALSE(SlotState::unpack(right | (std::uint64_t{0xFFFF} << 32))) << "a thread that cannot be";
    EXPECT_FALSE(SlotState::unpack(~std::uint64_t{0}));
}

TEST_F(Slots, AnOccupiedSlotShowsItsTask) {
    const TaskId id = TaskId::generate();
    ASSERT_EQ(writer_.occupy(id, 2), 0);
    const SegmentView view = read_segment(*segment_);
    ASSERT_EQ(view.held.size(), 1U);
    EXPECT_EQ(view.held[0].id, id);
    EXPECT_EQ(view.held[0].attempt, 2U);
    EXPECT_EQ(view.held[0].state.stage, Stage::none);
    EXPECT_EQ(view.held[0].state.presence, Presence::waiting);
}

TEST_F(Slots, InAStageAndWaitingForOneAreDifferent) {
    const int slot = writer_.occupy(TaskId::generate(), 1).value();
    writer_.enter(slot, Stage::decode, 5);
    SlotState state = read_segment(*segment_).held.at(0).state;
    EXPECT_EQ(state.stage, Stage::decode);
    EXPECT_EQ(state.presence, Presence::in);
    EXPECT_EQ(state.thread, 5);
    writer_.leave(slot, Stage::infer);
    state = read_segment(*segment_).held.at(0).state;
    EXPECT_EQ(state.stage, Stage::infer);
    EXPECT_EQ(state.presence, Presence::waiting);
    EXPECT_EQ(state.thread, kMaxThreads);
}

TEST_F(Slots, AClearedSlotIsUsedAgain) {
    const int slot = writer_.occupy(TaskId::generate(), 1).value();
    writer_.clear(slot);
    EXPECT_TRUE(read_segment(*segment_).held.empty());
    EXPECT_EQ(writer_.occupy(TaskId::generate(), 1), slot);
}

TEST_F(Slots, NothingIsOccupiedWhenAllAreHeld) {
    for (int i = 0; i < kMaxInFlight; ++i) {
        ASSERT_EQ(writer_.occupy(TaskId::generate(), 1), i);
    }
    EXPECT_FALSE(writer_.occupy(TaskId::generate(), 1));
    writer_.clear(100);
    EXPECT_EQ(writer_.occupy(TaskId::generate(), 1), 100);
}

TEST_F(Slots, GarbageIsCountedAndNotBelieved) {
    const TaskId id = TaskId::generate();
    ASSERT_TRUE(writer_.occupy(id, 1));
    segment_->slots[1].state = 0xFFFFFFFFFFFFFFFF;
    segment_->slots[2].state = segment_->slots[0].state;  // occupied, but with no id
    segment_->slots[3] = segment_->slots[0];
    segment_->slots[3].attempt = 0;
    const SegmentView view = read_segment(*segment_);
    EXPECT_EQ(view.garbled_slots, 3U);
    ASSERT_EQ(view.held.size(), 1U);
    EXPECT_EQ(view.held[0].id, id);
}

TEST_F(Slots, AThreadReportsWhatItDoesAndThatItGoesOn) {
    ThreadReporter reporter(segment_.get(), 2);
    reporter.begin(Stage::infer);
    SegmentView view = read_segment(*segment_);
    ASSERT_EQ(view.threads.size(), 3U) << "up to the last one in use";
    EXPECT_EQ(view.threads[0].thread_id, 0U);
    EXPECT_EQ(view.threads[2].thread_id, static_cast<std::uint64_t>(::gettid()));
    EXPECT_EQ(view.threads[2].stage, Stage::infer);
    const std::uint64_t before = view.threads[2].progress;
    reporter.step();
    view = read_segment(*segment_);
    EXPECT_GT(view.threads[2].progress, before);
    reporter.end();
    view = read_segment(*segment_);
    EXPECT_EQ(view.threads[2].stage, Stage::none);
    EXPECT_GT(view.threads[2].busy_nanoseconds, 0U);
}

TEST_F(Slots, LastWordsAreThereOnceTheSignalIsStored) {
    segment_->last_words.address = 0x1234;
    segment_->last_words.thread_id = 77;
    segment_->last_words.thread_index = 3;
    EXPECT_FALSE(read_segment(*segment_).last_words);
    segment_->last_words.signal = 11;
    const auto words = read_segment(*segment_).last_words;
    ASSERT_TRUE(words);
    EXPECT_EQ(words->signal, 11);
    EXPECT_EQ(words->address, 0x1234U);
    EXPECT_EQ(words->thread, 3);
}

TEST_F(Slots, LastWordsOfNoStageThreadNameNone) {
    segment_->last_words.thread_index = kMaxThreads;
    segment_->last_words.signal = 1'000'000;
    const auto words = read_segment(*segment_).last_words;
    ASSERT_TRUE(words);
    EXPECT_EQ(words->signal, 0) << "no such signal";
    EXPECT_FALSE(words->thread);
}

TEST_F(Slots, CountersComeAsTheyAre) {
    segment_->counters.images = 7;
    segment_->counters.device_bytes = 9;
    EXPECT_EQ(read_segment(*segment_).counters.images, 7U);
    EXPECT_EQ(read_segment(*segment_).counters.device_bytes, 9U);
}

TEST_F(Slots, AThreadInAStageThatDoesNotExistIsInNone) {
    const ThreadReporter reporter(segment_.get(), 0);
    segment_->threads[0].stage = 200;
    EXPECT_EQ(read_segment(*segment_).threads.at(0).stage, Stage::none);
}

}  // namespace
}  // namespace hrn
