#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/fs.hpp"
#include "supervisor/storage/claim_folder.hpp"
#include "supervisor/storage/spool_claim.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::supervisor::storage {
namespace {

class ClaimTest : public testing::Test {
protected:
    ClaimAttempt claim(const std::string& rel, Notice notice = Notice::arrived) {
        sync.begin(1);
        return claim_file(folders, sync, {rel, notice, {}, 0, 0}, id, 1000);
    }
    bool claimed_is_empty() const { return test::tree(temp.path("spool/claimed")).empty(); }

    test::TempFolder temp;
    Config config = test::service_config(temp.path());
    Folders folders{config.service, false};
    GroupSync sync{folders.spool.get()};
    TaskId id = TaskId::generate();
};

TEST_F(ClaimTest, MovesTheFileAndSaysWhereItCameFrom) {
    temp.write("spool/incoming/a/x\xff.jpg", "bytes");
    const ClaimAttempt attempt = claim("a/x\xff.jpg");
    ASSERT_EQ(attempt.outcome, ClaimOutcome::claimed);
    EXPECT_EQ(attempt.image_bytes, 5U);
    EXPECT_EQ(temp.read("spool/claimed/" + id.text() + "/image"), "bytes");
    EXPECT_FALSE(temp.exists("spool/incoming/a/x\xff.jpg"));
    const UniqueFd folder = fs::open_directory(temp.path("spool/claimed/" + id.text()));
    const auto record = read_claim_record(folder.get(), id);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->source, "a/x\xff.jpg");
    EXPECT_EQ(record->time_ms, 1000);
}

TEST_F(ClaimTest, AFileThatIsGoneLeavesNoClaim) {
    EXPECT_EQ(claim("x.jpg").outcome, ClaimOutcome::gone);
    EXPECT_EQ(claim("no/such/folder/x.jpg").outcome, ClaimOutcome::gone);
    EXPECT_TRUE(claimed_is_empty());
}

TEST_F(ClaimTest, AFileThatVanishesAtTheRenameLeavesNoClaim) {
    temp.write("spool/incoming/x.jpg", "x");
    fs::set_fault_hook([&](std::string_view call, std::string_view name) {
        if (call == "mkdirat" && name == id.text()) {
            ::unlink(temp.path("spool/incoming/x.jpg").c_str());
        }
        return 0;
    });
    EXPECT_EQ(claim("x.jpg").outcome, ClaimOutcome::gone);
    EXPECT_TRUE(claimed_is_empty());
}

TEST_F(ClaimTest, SomethingElseThatTookTheNameIsPutBack) {
    temp.write("spool/incoming/x.jpg", "x");
    fs::set_fault_hook([&](std::string_view call, std::string_view name) {
        if (call == "mkdirat" && name == id.text()) {
            ::unlink(temp.path("spool/incoming/x.jpg").c_str());
            EXPECT_EQ(::mkfifo(temp.path("spool/incoming/x.jpg").c_str(), 0600), 0);
        }
        return 0;
    });
    EXPECT_EQ(claim("x.jpg").outcome, ClaimOutcome::not_regular);
    fs::set_fault_hook(nullptr);
    EXPECT_TRUE(temp.exists("spool/incoming/x.jpg"));
    EXPECT_TRUE(claimed_is_empty());
}

TEST_F(ClaimTest, ASymlinkIsLeft) {
    ASSERT_EQ(::symlink("/etc/passwd", temp.path("spool/incoming/x.jpg").c_str()), 0);
    EXPECT_EQ(claim("x.jpg").outcome, ClaimOutcome::not_regular);
    ASSERT_EQ(::symlink("/etc", temp.path("spool/incoming/etc").c_str()), 0);
    EXPECT_EQ(claim("etc/passwd").outcome, ClaimOutcome::gone);  // never through a symlink
}

TEST_F(ClaimTest, AFileThatMayNotBeMovedIsNotLost) {
    temp.write("spool/incoming/x.jpg", "x");
    fs::set_fault_hook([](std::string_view call, std::string_view name) {
        return call == "renameat2" && name == "x.jpg" ? EPERM : 0;
    });
    const ClaimAttempt attempt = claim("x.jpg");
    fs::set_fault_hook(nullptr);
    EXPECT_EQ(attempt.outcome, ClaimOutcome::not_movable);
    EXPECT_FALSE(attempt.why.empty());
    EXPECT_TRUE(temp.exists("spool/incoming/x.jpg"));
    EXPECT_TRUE(claimed_is_empty());
}

TEST_F(ClaimTest, AnEmptyFileIsLookedAtAgain) {
    temp.write("spool/incoming/x.jpg", "");
    const ClaimAttempt attempt = claim("x.jpg");
    EXPECT_EQ(attempt.outcome, ClaimOutcome::look_again);
    EXPECT_EQ(attempt.now.st_size, 0);
}

TEST_F(ClaimTest, AClaimFolderWithAnImageIsNeverRemoved) {
    temp.write("spool/incoming/x.jpg", "x");
    ASSERT_EQ(claim("x.jpg").outcome, ClaimOutcome::claimed);
    EXPECT_FALSE(remove_claim_folder(folders.claimed.get(), id));
    EXPECT_TRUE(temp.exists("spool/claimed/" + id.text() + "/image"));
}

}  // namespace
}  // namespace hrn::supervisor::storage
