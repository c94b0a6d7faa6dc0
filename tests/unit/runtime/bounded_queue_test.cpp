#include "worker/runtime/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <thread>

#include "worker/runtime/decode_order.hpp"

namespace hrn::runtime {
namespace {

using namespace std::chrono_literals;

void fill(BoundedQueue<int>& queue, int count) {
    for (int i = 1; i <= count; ++i) {
        int item = i;
        ASSERT_TRUE(queue.push(item));
    }
}

TEST(BoundedQueue, HandsItemsOverInTheirOrder) {
    BoundedQueue<int> queue(3);
    fill(queue, 3);
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), 2);
    EXPECT_EQ(queue.pop(), 3);
}

TEST(BoundedQueue, NeverHoldsMoreThanItHasRoomFor) {
    BoundedQueue<int> queue(2);
    std::thread producer([&] { fill(queue, 200); });
    for (int i = 1; i <= 200; ++i) {
        EXPECT_LE(queue.size(), 2U);
        EXPECT_EQ(queue.pop(), i);
    }
    producer.join();
}

TEST(BoundedQueue, TakesMoreAfterItWasWidened) {
    BoundedQueue<int> queue(1);
    queue.widen(3);
    fill(queue, 3);
    EXPECT_EQ(queue.size(), 3U);
}

TEST(BoundedQueue, RefusesAnItemAfterClosingAndLeavesItWithItsOwner) {
    BoundedQueue<std::unique_ptr<int>> queue(1);
    queue.close();
    auto item = std::make_unique<int>(7);
    EXPECT_FALSE(queue.push(item));
    ASSERT_NE(item, nullptr);
    EXPECT_EQ(*item, 7);
}

TEST(BoundedQueue, StillGivesWhatIsInsideAfterClosing) {
    BoundedQueue<int> queue(2);
    fill(queue, 2);
    queue.close();
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), 2);
    EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, WaitsForNoMoreOfABatchThanIsOnItsWay) {
    BoundedQueue<int> queue(4);
    fill(queue, 2);
    EXPECT_EQ(queue.pop_batch(4, std::chrono::hours(1), [] { return false; }).size(), 2U);
}

TEST(BoundedQueue, StopsWaitingWhenItIsToldThatNothingIsOnItsWayAnyMore) {
    BoundedQueue<int> queue(4);
    fill(queue, 1);
    std::atomic<bool> coming{true};
    std::vector<int> batch;
    std::thread consumer(
        [&] { batch = queue.pop_batch(4, std::chrono::hours(1), [&] { return coming.load(); }); });
    coming = false;
    queue.nudge();
    consumer.join();
    EXPECT_EQ(batch.size(), 1U);
}

TEST(BoundedQueue, GivesNothingAfterStopping) {
    BoundedQueue<int> queue(2);
    fill(queue, 2);
    queue.stop();
    EXPECT_EQ(queue.pop(), std::nullopt);
    EXPECT_TRUE(queue.pop_batch(2, 0ms).empty());
}

TEST(BoundedQueue, WakesAProducerThatWaitsForRoomWhenItIsClosed) {
    BoundedQueue<int> queue(1);
    fill(queue, 1);
    std::atomic<bool> accepted{true};
    std::thread producer([&] {
        int item = 2;
        accepted = queue.push(item);
    });
    queue.close();
    producer.join();
    EXPECT_FALSE(accepted);
}

TEST(BoundedQueue, GathersABatchUpToItsMost) {
    BoundedQueue<int> queue(5);
    fill(queue, 5);
    EXPECT_EQ(queue.pop_batch(3, 1h), (std::vector{1, 2, 3}));
    EXPECT_EQ(queue.pop_batch(3, 0ms), (std::vector{4, 5}));
}

TEST(BoundedQueue, GathersMoreThanItHasRoomForAtOnce) {
    BoundedQueue<int> queue(1);
    std::thread producer([&] { fill(queue, 6); });
    EXPECT_EQ(queue.pop_batch(6, 1h).size(), 6U);
    producer.join();
}

TEST(BoundedQueue, DoesNotWaitForAFullBatchOnceItIsClosed) {
    BoundedQueue<int> queue(5);
    fill(queue, 2);
    queue.close();
    EXPECT_EQ(queue.pop_batch(5, 1h), (std::vector{1, 2}));
    EXPECT_TRUE(queue.pop_batch(5, 1h).empty());
}

TEST(BoundedQueue, EndsAWaitForABatchWhenItIsClosed) {
    BoundedQueue<int> queue(5);
    fill(queue, 1);
    std::vector<int> batch;
    std::thread consumer([&] { batch = queue.pop_batch(5, 1h); });
    queue.close();
    consumer.join();
    EXPECT_EQ(batch, std::vector{1});
}

TEST(BoundedQueue, TakesOutTheItemThatIsWanted) {
    BoundedQueue<int> queue(4);
    for (int item : {1, 2, 3}) {
        ASSERT_TRUE(queue.push(item));
    }
    EXPECT_EQ(queue.take_if([](int item) { return item == 2; }), 2);
    EXPECT_FALSE(queue.take_if([](int item) { return item == 2; }));
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), 3);
}

TEST(BoundedQueue, TakesOutNothingOnceItIsStopped) {
    BoundedQueue<int> queue(4);
    int item = 1;
    ASSERT_TRUE(queue.push(item));
    queue.stop();
    EXPECT_FALSE(queue.take_if([](int) { return true; }));
}

TEST(DecodeOrder, TakesTheSmallestAndPassesTheOldestOverOnlySoOften) {
    DecodeOrder order;
    std::deque<int> waiting{100};
    const auto bytes_of = [](int bytes) { return bytes; };
    for (int i = 0; i < DecodeOrder::kMostPassed; ++i) {
        waiting.push_back(1);
        EXPECT_EQ(order.choose(waiting, bytes_of), 1U);
        waiting.pop_back();
    }
    waiting.push_back(1);
    EXPECT_EQ(order.choose(waiting, bytes_of), 0U);
    EXPECT_EQ(order.choose(waiting, bytes_of), 1U);
}

TEST(DecodeOrder, KeepsTheOrderOfEqualFiles) {
    DecodeOrder order;
    EXPECT_EQ(order.choose(std::deque<int>{5, 5, 5}, [](int bytes) { return bytes; }), 0U);
}

}  // namespace
}  // namespace hrn::runtime
