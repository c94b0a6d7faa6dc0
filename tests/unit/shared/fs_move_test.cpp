#include <gtest/gtest.h>

#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::fs {
namespace {

class FsMove : public testing::Test {
protected:
    // Another file system than the temporary folder's, if there is one.
    static std::optional<std::string> other_file_system(const test::TempFolder& folder) {
        for (const char* path : {"/dev/shm", "/run", "/tmp", "/var/tmp"}) {
            struct stat status {};
            if (::stat(path, &status) == 0 && ::access(path, W_OK) == 0 &&
                status.st_dev != status_of(folder.fd()).st_dev) {
                return path;
            }
        }
        return std::nullopt;
    }
    test::TempFolder folder_;
};

TEST_F(FsMove, AFileMoves) {
    folder_.write("a", "x");
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::moved);
    EXPECT_EQ(folder_.read("b"), "x");
    EXPECT_FALSE(folder_.exists("a"));
}

TEST_F(FsMove, NothingIsReplaced) {
    folder_.write("a", "x");
    folder_.write("b", "y");
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::destination_exists);
    EXPECT_EQ(folder_.read("a"), "x");
    EXPECT_EQ(folder_.read("b"), "y");
}

TEST_F(FsMove, AMissingSourceIsAnExpectedOutcome) {
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::source_missing);
    EXPECT_EQ(rename_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::source_missing);
    EXPECT_EQ(hard_link(folder_.fd(), "a", folder_.fd(), "b"), Moved::source_missing);
}

TEST_F(FsMove, ADestinationFolderThatWasRemovedIsAnError) {
    folder_.write("a", "x");
    std::filesystem::create_directory(folder_.path("gone"));
    const UniqueFd gone = open_directory_at(folder_.fd(), "gone");
    std::filesystem::remove(folder_.path("gone"));
    EXPECT_THROW((void)rename_no_replace(folder_.fd(), "a", gone.get(), "b"), FsError);
    EXPECT_TRUE(folder_.exists("a"));
}

TEST_F(FsMove, AnotherFileSystemIsAnExpectedOutcome) {
    const auto other = other_file_system(folder_);
    if (!other) {
        GTEST_SKIP() << "this machine has one writable file system only";
    }
    folder_.write("a", "x");
    const UniqueFd there = open_directory(*other);
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", there.get(), "hrn-test-b"), Moved::other_file_system);
    EXPECT_EQ(hard_link(folder_.fd(), "a", there.get(), "hrn-test-b"), Moved::other_file_system);
}

TEST_F(FsMove, ReplacingReplaces) {
    folder_.write("a", "x");
    folder_.write("b", "y");
    EXPECT_EQ(rename_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::moved);
    EXPECT_EQ(folder_.read("b"), "x");
}

TEST_F(FsMove, ALinkIsASecondNameAndReplacesNothing) {
    folder_.write("a", "x");
    EXPECT_EQ(hard_link(folder_.fd(), "a", folder_.fd(), "b"), Moved::moved);
    EXPECT_EQ(status_at(folder_.fd(), "a")->st_ino, status_at(folder_.fd(), "b")->st_ino);
    folder_.write("c", "y");
    EXPECT_EQ(hard_link(folder_.fd(), "a", folder_.fd(), "c"), Moved::destination_exists);
}

// File systems without RENAME_NOREPLACE (design.md 5).
class FsMoveWithoutNoreplace : public FsMove {
protected:
    FsMoveWithoutNoreplace() {
        set_fault_hook(
            [](std::string_view call, std::string_view) { return call == "renameat2" ? EINVAL : 0; });
    }
};

TEST_F(FsMoveWithoutNoreplace, AFileMovesByLinkAndUnlink) {
    folder_.write("a", "x");
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::moved);
    EXPECT_EQ(folder_.read("b"), "x");
    EXPECT_FALSE(folder_.exists("a"));
    EXPECT_EQ(status_at(folder_.fd(), "b")->st_nlink, 1U);
}

TEST_F(FsMoveWithoutNoreplace, AFileReplacesNothing) {
    folder_.write("a", "x");
    folder_.write("b", "y");
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::destination_exists);
    EXPECT_EQ(folder_.read("b"), "y");
    EXPECT_TRUE(folder_.exists("a"));
}

TEST_F(FsMoveWithoutNoreplace, AFolderMovesAndReplacesNoFolderThatHoldsSomething) {
    folder_.write("a/file", "x");
    folder_.write("b/file", "y");
    folder_.write("c", "a file");
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "b"), Moved::destination_exists);
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "c"), Moved::destination_exists);
    EXPECT_EQ(rename_no_replace(folder_.fd(), "a", folder_.fd(), "d"), Moved::moved);
    EXPECT_EQ(folder_.read("d/file"), "x");
    EXPECT_EQ(rename_no_replace(folder_.fd(), "missing", folder_.fd(), "e"), Moved::source_missing);
}

TEST_F(FsMove, RemovingSaysWhetherSomethingWasThere) {
    folder_.write("a", "x");
    std::filesystem::create_directory(folder_.path("d"));
    EXPECT_TRUE(unlink_at(folder_.fd(), "a"));
    EXPECT_FALSE(unlink_at(folder_.fd(), "a"));
    EXPECT_TRUE(remove_directory_at(folder_.fd(), "d"));
    EXPECT_FALSE(remove_directory_at(folder_.fd(), "d"));
    folder_.write("full/file", "x");
    EXPECT_THROW(remove_directory_at(folder_.fd(), "full"), FsError);
}

}  // namespace
}  // namespace hrn::fs
