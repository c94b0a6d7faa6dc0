#include "supervisor/loop/turn_queue.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/supervisor/loop/virtual_fleet.hpp"

namespace hrn::supervisor {
namespace {

using test::id_number;
using test::number_id;
using Pick = TurnQueue::Pick;

std::size_t next(const TurnQueue& line, Pick pick = Pick::oldest) {
    const auto id = line.next(pick);
    return id ? id_number(*id) : 0;
}

TEST(TurnQueue, GivesTheOldestOrTheDearest) {
    TurnQueue line;
    line.add(number_id(1), {10, "", 0.5, false});
    line.add(number_id(2), {20, "", 3.0, false});
    line.add(number_id(3), {30, "", 1.0, false});
    EXPECT_EQ(next(line), 1U);
    EXPECT_EQ(next(line, Pick::dearest), 2U);
    line.set_cost(number_id(3), 9);
    EXPECT_EQ(next(line, Pick::dearest), 3U);
}

TEST(TurnQueue, PutsWhatWasBumpedBeforeEveryClass) {
    TurnQueue line;
    line.set_classes({{"web", 1, 9}});
    line.add(number_id(1), {10, "web", 0, false});
    line.add(number_id(2), {5, "bulk", 0, true});
    EXPECT_EQ(next(line), 2U);
    line.serve(number_id(2));
    EXPECT_EQ(next(line), 1U);
}

TEST(TurnQueue, TakesTheFoldersThatAreNotListedForOneClass) {
    TurnQueue line;
    line.set_classes({{"web", 1, 0}});
    line.add(number_id(1), {2, "some", 0, false});
    line.add(number_id(2), {1, "other", 0, false});
    EXPECT_EQ(next(line), 2U);
}

TEST(TurnQueue, LetsAnEmptyClassSaveUpNoTurns) {
    TurnQueue line;
    line.set_classes({{"a", 1, 0}, {"b", 1, 0}});
    for (std::size_t i = 1; i <= 100; ++i) {
        line.add(number_id(i), {static_cast<std::int64_t>(i), "a", 0, false});
        line.serve(number_id(i));
    }
    for (std::size_t i = 201; i <= 220; ++i) {
        line.add(number_id(i), {static_cast<std::int64_t>(i), i % 2 == 0 ? "a" : "b", 0, false});
    }
    int of_b = 0;
    for (int i = 0; i < 10; ++i) {
        const TaskId id = *line.next(Pick::oldest);
        of_b += id_number(id) % 2 == 1 ? 1 : 0;
        line.serve(id);
    }
    EXPECT_LE(of_b, 6);
    EXPECT_GE(of_b, 5);
}

// The bound of the header, for many mixtures of shares: between two turns of a class that has tasks at most
// sum(other shares)/share + (number of classes) others are served.
TEST(TurnQueue, KeepsItsBoundOnWaitingForAnyShares) {
    const std::vector<std::vector<FolderClass>> mixtures = {
        {{"a", 1, 0}, {"b", 100, 0}},
        {{"a", 1, 0}, {"b", 1, 1}, {"c", 5, 1}},
        {{"a", 0.1, 0}, {"b", 1, 0}, {"c", 2.5, 0}, {"d", 7, 0}},
        {{"a", 1, -3}, {"b", 1, 0}, {"c", 1, 4}}};
    for (const auto& classes : mixtures) {
        const FolderClasses shares(classes);
        TurnQueue line;
        line.set_classes(classes);
        std::size_t number = 1;
        std::map<TaskId, std::string> folder_of;
        const auto refill = [&](const std::string& folder) {
            const TaskId id = number_id(number);
            line.add(id, {static_cast<std::int64_t>(number++), folder, 0, false});
            folder_of[id] = folder;
        };
        double all = 0;
        for (const FolderClass& one : classes) {
            refill(one.folder);
            all += shares.share_of(one.folder);
        }
        std::map<std::string, double> waited, longest;
        for (int turn = 0; turn < 20'000; ++turn) {
            const TaskId id = *line.next(Pick::oldest);
            line.serve(id);
            const std::string folder = folder_of.at(id);
            refill(folder);
            for (const FolderClass& one : classes) {
                double& wait = waited[one.folder];
                wait = one.folder == folder ? 0 : wait + 1;
                longest[one.folder] = std::max(longest[one.folder], wait);
            }
        }
        for (const FolderClass& one : classes) {
            const double share = shares.share_of(one.folder);
            EXPECT_LE(longest[one.folder], (all - share) / share + static_cast<double>(classes.size()))
                << one.folder;
        }
    }
}

TEST(TurnQueue, NewSharesKeepTheLine) {
    TurnQueue line;
    line.add(number_id(1), {1, "bulk", 0, false});
    line.add(number_id(2), {2, "web", 0, false});
    line.set_classes({{"web", 1, 3}});
    EXPECT_EQ(line.size(), 2U);
    EXPECT_EQ(next(line), 2U);
}

TEST(TurnQueue, TellsWhatJoinedSinceTheLastLook) {
    TurnQueue line;
    line.add(number_id(2), {2, "", 0, false});
    line.add(number_id(1), {1, "", 0, false});
    line.add(number_id(3), {3, "", 0, false});
    line.remove(number_id(3));
    EXPECT_EQ(line.take_arrivals(), (std::vector<TaskId>{number_id(1), number_id(2)}));
    EXPECT_TRUE(line.take_arrivals().empty());
}

}  // namespace
}  // namespace hrn::supervisor
