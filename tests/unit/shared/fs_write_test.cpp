#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::fs {
namespace {

class FsWrite : public testing::Test {
protected:
    test::TempFolder folder_;
};

TEST_F(FsWrite, AFileIsWrittenWhole) {
    const std::string text(300'000, 'x');
    write_file_at(folder_.fd(), "file", text, true);
    EXPECT_EQ(folder_.read("file"), text);
    EXPECT_EQ(read_file_at(folder_.fd(), "file", text.size()), text);
}

TEST_F(FsWrite, AnExistingFileIsNeverOverwritten) {
    folder_.write("file", "first");
    try {
        write_file_at(folder_.fd(), "file", "second", false);
        FAIL();
    } catch (const FsError& error) {
        EXPECT_EQ(error.error(), EEXIST);
    }
    EXPECT_EQ(folder_.read("file"), "first");
}

TEST_F(FsWrite, ASymlinkIsNotWrittenThrough) {
    std::filesystem::create_symlink(folder_.path("target"), folder_.path("link"));
    EXPECT_THROW(write_file_at(folder_.fd(), "link", "x", false), FsError);
    EXPECT_FALSE(folder_.exists("target"));
}

TEST_F(FsWrite, AFailedWriteLeavesNoHalfFile) {
    set_fault_hook([](std::string_view call, std::string_view) { return call == "fsync" ? EIO : 0; });
    EXPECT_THROW(write_file_at(folder_.fd(), "file", "text", true), FsError);
    EXPECT_FALSE(folder_.exists("file"));
}

TEST_F(FsWrite, AFileLargerThanItsLimitIsRefused) {
    folder_.write("file", "12345");
    EXPECT_EQ(read_file_at(folder_.fd(), "file", 5), "12345");
    try {
        (void)read_file_at(folder_.fd(), "file", 4);
        FAIL();
    } catch (const FsError& error) {
        EXPECT_EQ(error.error(), EFBIG);
    }
}

TEST_F(FsWrite, OnlyRegularFilesAreRead) {
    ASSERT_EQ(::mkfifo(folder_.path("fifo").c_str(), 0600), 0);
    EXPECT_THROW((void)read_file_at(folder_.fd(), "fifo", 10), FsError)
        << "and it does not wait for a writer";
    std::filesystem::create_symlink("/etc/passwd", folder_.path("link"));
    EXPECT_THROW((void)read_file_at(folder_.fd(), "link", 1'000'000), FsError);
    EXPECT_FALSE(read_file_at(folder_.fd(), "missing", 10));
}

TEST_F(FsWrite, ADirectoryIsMadeOnce) {
    EXPECT_EQ(make_directory_at(folder_.fd(), "a"), Made::created);
    EXPECT_EQ(make_directory_at(folder_.fd(), "a"), Made::existed);
}

TEST_F(FsWrite, ParentsAreMadeAndEachIsSynced) {
    int syncs = 0;
    set_fault_hook([&](std::string_view call, std::string_view) {
        syncs += call == "fsync" ? 1 : 0;
        return 0;
    });
    const UniqueFd made = make_directories_beneath(folder_.fd(), "a/b/c");
    EXPECT_EQ(syncs, 3);
    write_file_at(made.get(), "file", "x", false);
    EXPECT_EQ(folder_.read("a/b/c/file"), "x");
    syncs = 0;
    (void)make_directories_beneath(folder_.fd(), "a/b/c");
    EXPECT_EQ(syncs, 0) << "nothing was made";
}

TEST_F(FsWrite, ParentsAreNotMadeThroughSymlinksOrFiles) {
    std::filesystem::create_directory_symlink("/tmp", folder_.path("link"));
    folder_.write("file", "x");
    EXPECT_THROW((void)make_directories_beneath(folder_.fd(), "link/a"), FsError);
    EXPECT_THROW((void)make_directories_beneath(folder_.fd(), "file/a"), FsError);
    EXPECT_THROW((void)make_directories_beneath(folder_.fd(), "a/../../x"), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::fs
