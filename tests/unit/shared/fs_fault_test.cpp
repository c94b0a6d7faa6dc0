// The fault seam: every function of shared/fs asks the hook before its system call, and a failed call is an
// FsError with the call's name, or the expected outcome.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "tests/unit/shared/temp_folder.hpp"

namespace hrn::fs {
namespace {

struct Case {
    const char* call;
    std::function<void(const test::TempFolder&)> function;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {"open", [](const auto& f) { (void)open_directory(f.path()); }},
        {"openat", [](const auto& f) { (void)open_directory_at(f.fd(), "folder"); }},
        {"openat2", [](const auto& f) { (void)open_beneath(f.fd(), "folder", true); }},
        {"openat", [](const auto& f) { (void)open_path_at(f.fd(), "file"); }},
        {"fstat", [](const auto& f) { (void)status_of(f.fd()); }},
        {"fstatat", [](const auto& f) { (void)status_at(f.fd(), "file"); }},
        {"mkdirat", [](const auto& f) { make_directory_at(f.fd(), "new"); }},
        {"openat", [](const auto& f) { (void)make_directories_beneath(f.fd(), "p/q"); }},
        {"mkdirat", [](const auto& f) { (void)make_directories_beneath(f.fd(), "p/q"); }},
        {"fsync", [](const auto& f) { (void)make_directories_beneath(f.fd(), "p/q"); }},
        {"openat", [](const auto& f) { write_file_at(f.fd(), "new", "x", true); }},
        {"write", [](const auto& f) { write_file_at(f.fd(), "new", "x", true); }},
        {"fsync", [](const auto& f) { write_file_at(f.fd(), "new", "x", true); }},
        {"openat", [](const auto& f) { (void)read_file_at(f.fd(), "file", 10); }},
        {"read", [](const auto& f) { (void)read_file_at(f.fd(), "file", 10); }},
        {"renameat2", [](const auto& f) { (void)rename_no_replace(f.fd(), "file", f.fd(), "new"); }},
        {"renameat", [](const auto& f) { (void)rename_replace(f.fd(), "file", f.fd(), "new"); }},
        {"linkat", [](const auto& f) { (void)hard_link(f.fd(), "file", f.fd(), "new"); }},
        {"unlinkat", [](const auto& f) { unlink_at(f.fd(), "file"); }},
        {"rmdir", [](const auto& f) { remove_directory_at(f.fd(), "folder"); }},
        {"rmdir", [](const auto& f) { remove_tree_at(f.fd(), "folder"); }},
        {"fsync", [](const auto& f) { sync_fd(f.fd()); }},
        {"syncfs", [](const auto& f) { sync_file_system(f.fd()); }},
        {"fstatvfs", [](const auto& f) { (void)free_bytes(f.fd()); }},
        {"opendir", [](const auto& f) { for_each_entry(f.fd(), [](const auto&) { return true; }); }},
        {"readdir", [](const auto& f) { for_each_entry(f.fd(), [](const auto&) { return true; }); }},
    };
    return all;
}

class FsFault : public testing::Test {
protected:
    FsFault() {
        folder_.write("file", "x");
        std::filesystem::create_directory(folder_.path("folder"));
    }
    test::TempFolder folder_;
};

TEST_F(FsFault, EveryFunctionFailsWithTheErrorThatTheHookGives) {
    for (const Case& one : cases()) {
        set_fault_hook([&](std::string_view call, std::string_view) { return call == one.call ? EIO : 0; });
        try {
            one.function(folder_);
            ADD_FAILURE() << one.call << " was not asked for";
        } catch (const FsError& error) {
            EXPECT_EQ(error.error(), EIO) << one.call;
            EXPECT_TRUE(error.is_disk_trouble());
            EXPECT_NE(std::string(error.what()).find(one.call), std::string::npos) << error.what();
        }
        set_fault_hook(nullptr);
    }
    EXPECT_EQ(folder_.read("file"), "x") << "a failed call has done nothing";
}

TEST_F(FsFault, TheHookSeesTheName) {
    std::set<std::string> names;
    set_fault_hook([&](std::string_view, std::string_view name) {
        names.emplace(name);
        return 0;
    });
    (void)rename_replace(folder_.fd(), "file", folder_.fd(), "other");
    set_fault_hook(nullptr);
    EXPECT_TRUE(names.contains("file"));
}

TEST_F(FsFault, WithoutAHookNothingFails) {
    set_fault_hook([](std::string_view, std::string_view) { return EIO; });
    set_fault_hook(nullptr);
    EXPECT_TRUE(status_at(folder_.fd(), "file"));
}

// Every system call of a rename-into-place, failed one after the other: the old file stays whole until the
// new one is.
TEST_F(FsFault, AReplacedFileIsOldOrNewWhicheverCallFails) {
    for (int failing = 1;; ++failing) {
        int calls = 0;
        set_fault_hook([&](std::string_view, std::string_view) { return ++calls == failing ? ENOSPC : 0; });
        bool failed = false;
        try {
            write_file_at(folder_.fd(), ".new", "new text", true);
            (void)rename_replace(folder_.fd(), ".new", folder_.fd(), "file");
            sync_fd(folder_.fd());
        } catch (const FsError& error) {
            failed = true;
            EXPECT_TRUE(error.is_disk_trouble());
        }
        set_fault_hook(nullptr);
        const std::string text = folder_.read("file");
        EXPECT_TRUE(text == "x" || text == "new text") << text;
        std::filesystem::remove(folder_.path(".new"));
        folder_.write("file", "x");
        if (!failed) {
            EXPECT_GE(failing, 5);
            break;
        }
    }
}

TEST(FsErrors, OfTheOperatorsDiskAreKnown) {
    for (const int error : {ENOSPC, EDQUOT, EROFS, EIO}) {
        EXPECT_TRUE(FsError(error, "x").is_disk_trouble());
    }
    EXPECT_FALSE(FsError(EACCES, "x").is_disk_trouble());
}

}  // namespace
}  // namespace hrn::fs
