#include "supervisor/storage/waiting_files.hpp"

#include <gtest/gtest.h>

namespace hrn::supervisor::storage {
namespace {

const Clock::time_point kNow = Clock::time_point() + std::chrono::hours(1);

WaitingFile file(const std::string& rel, std::int64_t age_key, Notice notice = Notice::arrived) {
    return {rel, notice, {}, age_key, 1};
}

std::string taken(WaitingFiles& files) {
    const auto next = files.take();
    return next ? next->rel : "";
}

TEST(WaitingFiles, TheOldestComesFirst) {
    WaitingFiles files;
    files.add(file("b.jpg", 2), kNow, true);
    files.add(file("a.jpg", 3), kNow, true);
    files.add(file("c.jpg", 1), kNow, true);
    EXPECT_EQ(taken(files), "c.jpg");
    EXPECT_EQ(taken(files), "b.jpg");
    EXPECT_EQ(taken(files), "a.jpg");
    EXPECT_EQ(taken(files), "");
}

TEST(WaitingFiles, TheFolderWithTheFewestUnfinishedTasksComesFirst) {
    WaitingFiles files;
    files.add(file("bulk/a.jpg", 1), kNow, true);
    files.add(file("bulk/b.jpg", 2), kNow, true);
    files.add(file("small/c.jpg", 9), kNow, true);
    files.count_active("bulk", 1);
    EXPECT_EQ(taken(files), "small/c.jpg");
    files.count_active("small", 1);
    files.count_active("small", 1);
    EXPECT_EQ(taken(files), "bulk/a.jpg");
}

TEST(WaitingFiles, FoldersAreCountedByTheirTopLevel) {
    WaitingFiles files;
    files.count_active("bulk", 1);
    files.add(file("bulk/deep/a.jpg", 1), kNow, true);
    files.add(file("root.jpg", 5), kNow, true);
    EXPECT_EQ(taken(files), "root.jpg");
}

TEST(WaitingFiles, FoldersGetTheWindowInProportionToTheirWeights) {
    WaitingFiles files;
    files.set_classes(FolderClasses({{"web", 3, 0}, {"bulk", 1, 0}}));
    for (int i = 0; i < 100; ++i) {
        files.add(file("web/" + std::to_string(i) + ".jpg", 1000 + i), kNow, true);
        files.add(file("bulk/" + std::to_string(i) + ".jpg", i), kNow, true);
    }
    int of_web = 0;
    for (int i = 0; i < 80; ++i) {
        const std::string rel = taken(files);
        const bool web = rel.starts_with("web/");
        of_web += web ? 1 : 0;
        files.count_active(web ? "web" : "bulk", 1);
    }
    EXPECT_EQ(of_web, 60);
}

TEST(WaitingFiles, AnUrgentPhotoIsTheNextToBeClaimedWhateverABulkFolderHolds) {
    WaitingFiles files;
    files.set_classes(FolderClasses({{"web", 1, 1}}));
    for (int i = 0; i < 5000; ++i) {
        files.add(file("bulk/" + std::to_string(i) + ".jpg", i), kNow, true);
    }
    files.count_active("bulk", 2000);
    files.count_active("web", 100);
    files.add(file("web/photo.jpg", 9000), kNow, true);
    EXPECT_EQ(taken(files), "web/photo.jpg");
}

TEST(WaitingFiles, NewSharesHoldForWhatWaitsAlready) {
    WaitingFiles files;
    files.add(file("a/1.jpg", 1), kNow, true);
    files.add(file("b/1.jpg", 2), kNow, true);
    files.count_active("a", 2);
    files.count_active("b", 3);
    files.set_classes(FolderClasses({{"b", 10, 0}}));
    EXPECT_EQ(taken(files), "b/1.jpg");
}

TEST(WaitingFiles, AFileToBeLookedAtAgainIsNotClaimable) {
    WaitingFiles files;
    files.add(file("a.jpg", 1, Notice::scanned), kNow, false);
    EXPECT_EQ(files.claimable(), 0U);
    EXPECT_FALSE(files.due(kNow - std::chrono::seconds(1)));
    ASSERT_TRUE(files.due(kNow));
    EXPECT_EQ(files.due(kNow)->rel, "a.jpg");
    EXPECT_EQ(files.next_due(), kNow);
}

TEST(WaitingFiles, AnArrivalMakesAFileClaimableThatWasOnlySeen) {
    WaitingFiles files;
    files.add(file("a.jpg", 1, Notice::created), kNow, false);
    files.add(file("a.jpg", 2, Notice::arrived), kNow, true);
    EXPECT_EQ(files.size(), 1U);
    EXPECT_EQ(taken(files), "a.jpg");
    EXPECT_FALSE(files.next_due());
}

TEST(WaitingFiles, BeingSeenByAScanDoesNotMakeAnArrivedFileWaitAgain) {
    WaitingFiles files;
    files.add(file("a.jpg", 1, Notice::arrived), kNow, true);
    files.add(file("a.jpg", 1, Notice::scanned), kNow, false);
    EXPECT_EQ(taken(files), "a.jpg");
}

TEST(WaitingFiles, AFileThatChangedIsLookedAtFromAnew) {
    WaitingFiles files;
    WaitingFile first = file("a.jpg", 1, Notice::scanned);
    first.look.size = 10;
    files.add(first, kNow, false);
    WaitingFile second = first;
    second.look.size = 20;
    files.add(second, kNow + std::chrono::seconds(5), false);
    EXPECT_EQ(files.next_due(), kNow + std::chrono::seconds(5));
}

TEST(WaitingFiles, AFullListKeepsTheOldestAndCountsTheOthers) {
    WaitingFiles files(3);
    for (int i = 0; i < 10; ++i) {
        files.add(file("x" + std::to_string(i) + ".jpg", 100 - i), kNow, true);
    }
    EXPECT_EQ(files.size(), 3U);
    EXPECT_EQ(files.take_dropped(), 7U);
    EXPECT_EQ(taken(files), "x9.jpg");
}

TEST(WaitingFiles, ABulkFolderLeavesRoomForTheOldestOfTheOthers) {
    WaitingFiles files(4);
    for (int i = 0; i < 20; ++i) {
        files.add(file("bulk/x" + std::to_string(i) + ".jpg", i), kNow, true);
    }
    files.add(file("small/a.jpg", 1000), kNow, true);
    EXPECT_TRUE(files.contains("small/a.jpg"));
    EXPECT_EQ(files.size(), 4U);
}

TEST(WaitingFiles, FilesThatAScanDidNotSeeAnyMoreAreForgotten) {
    WaitingFiles files;
    WaitingFile old = file("old.jpg", 1);
    WaitingFile seen = file("seen.jpg", 1);
    seen.scan = 2;
    files.add(old, kNow, true);
    files.add(seen, kNow, true);
    files.remove_unseen("", 1);
    EXPECT_FALSE(files.contains("old.jpg"));
    EXPECT_TRUE(files.contains("seen.jpg"));
}

TEST(WaitingFiles, AFolderThatGoesTakesOnlyWhatIsBelowIt) {
    WaitingFiles files;
    files.add(file("a/x.jpg", 1), kNow, true);
    files.add(file("a-b/x.jpg", 2), kNow, true);
    files.remove_below("a");
    EXPECT_FALSE(files.contains("a/x.jpg"));
    EXPECT_TRUE(files.contains("a-b/x.jpg"));
}

TEST(WaitingFiles, AFileWithoutRoomIsCountedWhenItIsMadeAndNotWhenItIsClosed) {
    WaitingFiles files(1);
    files.add(file("a.jpg", 1), kNow, true);
    files.add(file("b.jpg", 2), kNow, false);
    files.add(file("b.jpg", 3), kNow, true, true);
    EXPECT_EQ(files.take_dropped(), 1u);
}

TEST(WaitingFiles, AnUnlistedFileThatTakesTheYoungestsPlaceLeavesTheirNumberAsItIs) {
    WaitingFiles files(1);
    files.add(file("bulk/a.jpg", 5), kNow, true);
    files.add(file("bulk/b.jpg", 1), kNow, true, true);
    EXPECT_TRUE(files.contains("bulk/b.jpg"));
    EXPECT_EQ(files.take_dropped(), 0u);
}

TEST(WaitingFiles, AFileThatLeavesBeforeTheScanComesToItIsCountedOnlyThen) {
    WaitingFiles files(2);
    files.add(file("a.jpg", 5), kNow, true);
    files.add(file("b.jpg", 6), kNow, true);
    WaitingFile older = file("older.jpg", 1, Notice::scanned);
    older.scan = 2;
    files.add(older, kNow, false);
    EXPECT_EQ(files.take_dropped(), 0u);
    WaitingFile seen = file("b.jpg", 6, Notice::scanned);
    seen.scan = 2;
    files.add(seen, kNow, false);
    EXPECT_EQ(files.take_dropped(), 1u);
}

}  // namespace
}  // namespace hrn::supervisor::storage
