#include "supervisor/storage/spool_watch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::supervisor::storage {
namespace {

using Kind = WatchEvent::Kind;

class SpoolWatchTest : public testing::Test {
protected:
    void watch_folder(const std::string& rel) {
        std::filesystem::create_directories(temp.path(rel));
        const UniqueFd folder = fs::open_directory(temp.path(rel));
        ASSERT_EQ(watch.add(folder.get(), rel), SpoolWatch::Added::watched);
    }
    bool saw(Kind kind, const std::string& rel) {
        while (watch.read([this](const WatchEvent& event) { events.push_back(event); })) {
        }
        return std::any_of(events.begin(), events.end(),
                           [&](const WatchEvent& event) { return event.kind == kind && event.rel == rel; });
    }

    test::TempFolder temp;
    SpoolWatch watch;
    std::vector<WatchEvent> events;
};

TEST_F(SpoolWatchTest, SeesAFileThatWasWrittenAndClosed) {
    watch_folder("a");
    temp.write("a/x.jpg", "x");
    EXPECT_TRUE(saw(Kind::file_created, "a/x.jpg"));
    EXPECT_TRUE(saw(Kind::file_arrived, "a/x.jpg"));
}

TEST_F(SpoolWatchTest, SeesAFileThatWasRenamedInAndOut) {
    temp.write("x.jpg", "x");
    watch_folder("a");
    std::filesystem::rename(temp.path("x.jpg"), temp.path("a/x.jpg"));
    EXPECT_TRUE(saw(Kind::file_arrived, "a/x.jpg"));
    std::filesystem::rename(temp.path("a/x.jpg"), temp.path("x.jpg"));
    EXPECT_TRUE(saw(Kind::file_gone, "a/x.jpg"));
}

TEST_F(SpoolWatchTest, SeesALinkAsANewNameOnly) {
    temp.write("x.jpg", "x");
    watch_folder("a");
    ASSERT_EQ(::link(temp.path("x.jpg").c_str(), temp.path("a/x.jpg").c_str()), 0);
    EXPECT_TRUE(saw(Kind::file_created, "a/x.jpg"));
    EXPECT_FALSE(saw(Kind::file_arrived, "a/x.jpg"));
}

TEST_F(SpoolWatchTest, SeesFoldersComeAndGo) {
    watch_folder("a");
    std::filesystem::create_directory(temp.path("a/b"));
    EXPECT_TRUE(saw(Kind::folder_arrived, "a/b"));
    std::filesystem::rename(temp.path("a/b"), temp.path("b"));
    EXPECT_TRUE(saw(Kind::folder_gone, "a/b"));
}

TEST_F(SpoolWatchTest, AFolderThatMovedIsKnownByItsNewPath) {
    watch_folder("a");
    std::filesystem::rename(temp.path("a"), temp.path("b"));
    watch_folder("b");
    EXPECT_EQ(watch.size(), 1U);
    temp.write("b/x.jpg", "x");
    EXPECT_TRUE(saw(Kind::file_arrived, "b/x.jpg"));
}

TEST_F(SpoolWatchTest, ForgettingAFolderForgetsWhatIsBelowItAndNothingElse) {
    for (const char* rel : {"a", "a/b", "a-b", "ab"}) {
        watch_folder(rel);
    }
    watch.remove_with_everything_below("a");
    EXPECT_EQ(watch.size(), 2U);
    temp.write("a-b/x.jpg", "x");
    temp.write("a/b/y.jpg", "y");
    EXPECT_TRUE(saw(Kind::file_arrived, "a-b/x.jpg"));
    EXPECT_FALSE(saw(Kind::file_arrived, "a/b/y.jpg"));
}

TEST_F(SpoolWatchTest, ADeletedFolderIsForgotten) {
    watch_folder("a");
    std::filesystem::remove(temp.path("a"));
    EXPECT_FALSE(saw(Kind::file_gone, "a"));
    EXPECT_EQ(watch.size(), 0U);
}

}  // namespace
}  // namespace hrn::supervisor::storage
