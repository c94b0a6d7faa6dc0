#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::fs {
namespace {

class FsTree : public testing::Test {
protected:
    test::TempFolder folder_;
};

TEST_F(FsTree, IsRemovedWithEverythingInIt) {
    folder_.write("tree/a/b/file", "x");
    folder_.write("tree/file", "x");
    std::filesystem::create_directories(folder_.path("tree/empty"));
    EXPECT_TRUE(remove_tree_at(folder_.fd(), "tree"));
    EXPECT_FALSE(folder_.exists("tree"));
    EXPECT_FALSE(remove_tree_at(folder_.fd(), "tree"));
}

TEST_F(FsTree, OfOneFileIsRemovedToo) {
    folder_.write("file", "x");
    EXPECT_TRUE(remove_tree_at(folder_.fd(), "file"));
    EXPECT_FALSE(folder_.exists("file"));
}

TEST_F(FsTree, SymlinksAreRemovedAndNotFollowed) {
    folder_.write("outside/file", "x");
    std::filesystem::create_directories(folder_.path("tree"));
    std::filesystem::create_directory_symlink(folder_.path("outside"), folder_.path("tree/link"));
    std::filesystem::create_directory_symlink(folder_.path("outside"), folder_.path("top"));
    EXPECT_TRUE(remove_tree_at(folder_.fd(), "tree"));
    EXPECT_TRUE(remove_tree_at(folder_.fd(), "top"));
    EXPECT_TRUE(folder_.exists("outside/file"));
    EXPECT_FALSE(folder_.exists("top"));
}

// A hostile worker may nest folders until descriptors or the stack run out.
TEST_F(FsTree, OfAnyDepthIsRemovedWithFewDescriptors) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = 128;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    UniqueFd here = open_directory(folder_.path());
    make_directory_at(here.get(), "tree");
    here = open_directory_at(here.get(), "tree");
    for (int depth = 0; depth < 3000; ++depth) {
        make_directory_at(here.get(), "d");
        here = open_directory_at(here.get(), "d");
    }
    write_file_at(here.get(), "file", "x", false);
    here.reset();
    EXPECT_TRUE(remove_tree_at(folder_.fd(), "tree"));
    EXPECT_FALSE(folder_.exists("tree"));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(FsTree, WithAFolderWithoutRightsIsRemoved) {
    folder_.write("tree/locked/file", "x");
    std::filesystem::permissions(folder_.path("tree/locked"), std::filesystem::perms::none);
    EXPECT_TRUE(remove_tree_at(folder_.fd(), "tree"));
}

TEST(FsTreeMounts, AMountPointIsNotRemoved) {
    const UniqueFd root = open_directory("/");
    try {
        remove_tree_at(root.get(), "proc");
        FAIL();
    } catch (const FsError& error) {
        EXPECT_EQ(error.error(), EBUSY);
    }
}

}  // namespace
}  // namespace hrn::fs
