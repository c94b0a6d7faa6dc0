// Opening and looking: nothing outside the root is ever reached.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::fs {
namespace {

class FsOpen : public testing::Test {
protected:
    test::TempFolder folder_;
};

TEST(FsNames, AreSingleComponents) {
    for (const std::string& right :
         {std::string("a"), std::string("a b\n"), std::string("..."), std::string(255, 'x')}) {
        EXPECT_TRUE(is_single_name(right)) << right;
    }
    for (const std::string& wrong : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                     std::string("/"), std::string(256, 'x'), std::string("a\0b", 3)}) {
        EXPECT_FALSE(is_single_name(wrong)) << wrong;
    }
}

TEST_F(FsOpen, FunctionsRefuseNamesThatArePaths) {
    EXPECT_THROW((void)open_directory_at(folder_.fd(), ".."), std::invalid_argument);
    EXPECT_THROW((void)open_path_at(folder_.fd(), "a/b"), std::invalid_argument);
    EXPECT_THROW((void)status_at(folder_.fd(), ""), std::invalid_argument);
    EXPECT_THROW(make_directory_at(folder_.fd(), "../x"), std::invalid_argument);
    EXPECT_THROW(write_file_at(folder_.fd(), "/etc/x", "", false), std::invalid_argument);
    EXPECT_THROW((void)read_file_at(folder_.fd(), "../x", 1), std::invalid_argument);
    EXPECT_THROW((void)rename_no_replace(folder_.fd(), "a", folder_.fd(), "b/c"), std::invalid_argument);
    EXPECT_THROW((void)rename_replace(folder_.fd(), "..", folder_.fd(), "b"), std::invalid_argument);
    EXPECT_THROW((void)hard_link(folder_.fd(), "a/b", folder_.fd(), "b"), std::invalid_argument);
    EXPECT_THROW(unlink_at(folder_.fd(), "."), std::invalid_argument);
    EXPECT_THROW(remove_directory_at(folder_.fd(), ".."), std::invalid_argument);
    EXPECT_THROW(remove_tree_at(folder_.fd(), ".."), std::invalid_argument);
}

TEST_F(FsOpen, ADirectoryThatIsNotThereIsAnErrorWithItsName) {
    try {
        (void)open_directory(folder_.path("nothing"));
        FAIL();
    } catch (const FsError& error) {
        EXPECT_EQ(error.error(), ENOENT);
        EXPECT_NE(std::string(error.what()).find("nothing"), std::string::npos);
    }
}

TEST_F(FsOpen, ASymlinkIsNoDirectory) {
    std::filesystem::create_directory_symlink("/", folder_.path("link"));
    EXPECT_THROW((void)open_directory_at(folder_.fd(), "link"), FsError);
}

TEST_F(FsOpen, BeneathFindsFoldersAtAnyDepth) {
    folder_.write("a/b/c/file", "x");
    const auto found = open_beneath(folder_.fd(), "a/b/c", false);
    ASSERT_TRUE(found);
    EXPECT_TRUE(status_at(found->get(), "file"));
    EXPECT_TRUE(open_beneath(folder_.fd(), "", false)) << "the root itself";
}

TEST_F(FsOpen, BeneathNeverLeavesTheRoot) {
    folder_.write("a/file", "x");
    std::filesystem::create_directory_symlink("/", folder_.path("out"));
    std::filesystem::create_directory_symlink("a", folder_.path("in"));
    EXPECT_FALSE(open_beneath(folder_.fd(), "..", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "a/../..", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "out", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "out/etc", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "in", false)) << "not even a symlink that stays inside";
    EXPECT_FALSE(open_beneath(folder_.fd(), "a/file", false)) << "not a directory";
    EXPECT_FALSE(open_beneath(folder_.fd(), "missing", false));
}

// A kernel or sandbox without openat2 must give the same answers.
TEST_F(FsOpen, BeneathKeepsItsRulesWithoutOpenat2) {
    folder_.write("a/b/file", "x");
    std::filesystem::create_directory_symlink("/", folder_.path("out"));
    set_fault_hook([](std::string_view call, std::string_view) { return call == "openat2" ? ENOSYS : 0; });
    EXPECT_TRUE(open_beneath(folder_.fd(), "a/b", false));
    EXPECT_TRUE(open_beneath(folder_.fd(), "a/b", true));
    EXPECT_TRUE(open_beneath(folder_.fd(), "", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "..", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "a/../..", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "out/etc", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "a/b/file", false));
    EXPECT_FALSE(open_beneath(folder_.fd(), "a/missing", false));
}

TEST(FsOpenMounts, BeneathCanStayOnOneFileSystem) {
    const UniqueFd root = open_directory("/");
    const dev_t device = status_of(root.get()).st_dev;
    ASSERT_NE(status_of(open_directory("/proc").get()).st_dev, device) << "/proc is a mount everywhere";
    EXPECT_TRUE(open_beneath(root.get(), "proc", false));
    EXPECT_FALSE(open_beneath(root.get(), "proc", true));
    set_fault_hook([](std::string_view call, std::string_view) { return call == "openat2" ? ENOSYS : 0; });
    EXPECT_TRUE(open_beneath(root.get(), "proc", false));
    EXPECT_FALSE(open_beneath(root.get(), "proc", true));
    set_fault_hook(nullptr);
}

TEST_F(FsOpen, PathDescriptorsShowTheSymlinkItself) {
    std::filesystem::create_symlink("nowhere", folder_.path("link"));
    const auto fd = open_path_at(folder_.fd(), "link");
    ASSERT_TRUE(fd);
    EXPECT_TRUE(S_ISLNK(status_of(fd->get()).st_mode));
    EXPECT_TRUE(S_ISLNK(status_at(folder_.fd(), "link")->st_mode));
    EXPECT_FALSE(open_path_at(folder_.fd(), "missing"));
    EXPECT_FALSE(status_at(folder_.fd(), "missing"));
}

TEST_F(FsOpen, EntriesAreListedOnceAndWithoutDots) {
    for (const char* name : {"one", "two", ".hidden"}) {
        folder_.write(name, "x");
    }
    for (int round = 0; round < 2; ++round) {  // the second look sees everything again
        std::set<std::string> names;
        for_each_entry(folder_.fd(), [&](const DirectoryEntry& entry) {
            EXPECT_TRUE(names.emplace(entry.name).second);
            return true;
        });
        EXPECT_EQ(names, (std::set<std::string>{"one", "two", ".hidden"}));
    }
}

TEST_F(FsOpen, ListingStopsWhenTold) {
    folder_.write("one", "x");
    folder_.write("two", "x");
    int seen = 0;
    for_each_entry(folder_.fd(), [&](const DirectoryEntry&) {
        ++seen;
        return false;
    });
    EXPECT_EQ(seen, 1);
}

TEST_F(FsOpen, FreeSpaceIsKnown) {
    EXPECT_GT(free_bytes(folder_.fd()), 0U);
}

}  // namespace
}  // namespace hrn::fs
