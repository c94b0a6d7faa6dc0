// What the model of a disk keeps when the power goes.
#include "tests/chaos/power/power_tree.hpp"

#include <gtest/gtest.h>
#include <stdio.h>

#include <cerrno>

namespace hrn::test {
namespace {

constexpr Ino kRoot = PowerTree::kRoot;

Ino make(PowerTree& tree, Ino folder, const std::string& name, mode_t kind) {
    return static_cast<Ino>(tree.make(folder, name, kind | 0700, 0, 0));
}

TEST(PowerTree, LosesANameThatWasNotSynced) {
    PowerTree tree;
    const Ino file = make(tree, kRoot, "a", S_IFREG);
    tree.find(file)->bytes = "text";
    tree.sync_file(file);
    EXPECT_EQ(tree.after_power_loss().look_up(kRoot, "a"), 0U);
}

TEST(PowerTree, LosesBytesThatWereNotSynced) {
    PowerTree tree;
    const Ino file = make(tree, kRoot, "a", S_IFREG);
    tree.find(file)->bytes = "old";
    tree.sync_file(file);
    tree.find(file)->bytes = "new and longer";
    tree.sync_folder(kRoot);
    PowerTree left = tree.after_power_loss();
    EXPECT_EQ(left.find(left.look_up(kRoot, "a"))->bytes, "old");
}

TEST(PowerTree, KeepsWhatWasSynced) {
    PowerTree tree;
    const Ino folder = make(tree, kRoot, "folder", S_IFDIR);
    const Ino file = make(tree, folder, "a", S_IFREG);
    tree.find(file)->bytes = "text";
    tree.sync_file(file);
    tree.sync_folder(folder);
    tree.sync_folder(kRoot);
    PowerTree left = tree.after_power_loss();
    const Ino found = left.look_up(left.look_up(kRoot, "folder"), "a");
    ASSERT_NE(found, 0U);
    EXPECT_EQ(left.find(found)->bytes, "text");
}

TEST(PowerTree, KeepsARenameAsAWholeOnceEitherFolderIsSynced) {
    for (const bool sync_target : {false, true}) {
        PowerTree tree;
        const Ino from = make(tree, kRoot, "from", S_IFDIR);
        const Ino to = make(tree, kRoot, "to", S_IFDIR);
        make(tree, from, "a", S_IFREG);
        tree.sync_folder(from);
        tree.sync_folder(kRoot);
        ASSERT_EQ(tree.rename(from, "a", to, "b", RENAME_NOREPLACE), 0);
        EXPECT_NE(tree.after_power_loss().look_up(from, "a"), 0U) << "not synced yet";
        tree.sync_folder(sync_target ? to : from);
        const PowerTree left = tree.after_power_loss();
        EXPECT_EQ(left.look_up(from, "a"), 0U);
        EXPECT_NE(left.look_up(to, "b"), 0U);
    }
}

TEST(PowerTree, KeepsTheWayToAFolderThatWasSynced) {
    PowerTree tree;
    const Ino folder = make(tree, kRoot, "folder", S_IFDIR);
    make(tree, kRoot, "later", S_IFREG);
    make(tree, folder, "a", S_IFREG);
    tree.sync_folder(folder);
    const PowerTree left = tree.after_power_loss();
    EXPECT_NE(left.look_up(left.look_up(kRoot, "folder"), "a"), 0U);
    EXPECT_EQ(left.look_up(kRoot, "later"), 0U) << "nobody needed that";
}

TEST(PowerTree, RefusesToReplaceWhenAskedNotTo) {
    PowerTree tree;
    make(tree, kRoot, "a", S_IFREG);
    make(tree, kRoot, "b", S_IFREG);
    EXPECT_EQ(tree.rename(kRoot, "a", kRoot, "b", RENAME_NOREPLACE), -EEXIST);
    EXPECT_EQ(tree.rename(kRoot, "a", kRoot, "b", 0), 0);
}

}  // namespace
}  // namespace hrn::test
