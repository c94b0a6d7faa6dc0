#include "supervisor/storage/spool_rules.hpp"

#include <gtest/gtest.h>

namespace hrn::supervisor::storage {
namespace {

const std::vector<std::string> kIgnore = {"@eaDir", "Thumbs*"};

TEST(SpoolRules, AnImageCounts) {
    EXPECT_EQ(kind_of_name("x.JPG", kIgnore), NameKind::image);
    EXPECT_EQ(kind_of_name("with space\n.png", kIgnore), NameKind::image);
}

TEST(SpoolRules, OtherFilesStayAndAreCounted) {
    EXPECT_EQ(kind_of_name("notes.txt", kIgnore), NameKind::ignored);
    EXPECT_EQ(kind_of_name("jpg", kIgnore), NameKind::ignored);
}

TEST(SpoolRules, DotNamesPartialFilesAndPatternsAreLeftAlone) {
    for (const char* name : {".x.jpg", "x.jpg.part", "x.tmp", "@eaDir", "Thumbs.jpg"}) {
        EXPECT_EQ(kind_of_name(name, kIgnore), NameKind::left_alone) << name;
    }
}

TEST(SpoolRules, AFolderIsEnteredUnlessItsNameIsLeftAlone) {
    EXPECT_TRUE(enters_folder("holiday.jpg", kIgnore));
    EXPECT_FALSE(enters_folder("@eaDir", kIgnore));
    EXPECT_FALSE(enters_folder(".git", kIgnore));
}

struct stat file(off_t size, time_t mtime, nlink_t links = 1) {
    struct stat status {};
    status.st_size = size;
    status.st_mtim.tv_sec = mtime;
    status.st_nlink = links;
    status.st_ino = 7;
    return status;
}

TEST(SpoolRules, AFileThatArrivedIsTakenAtOnceUnlessItIsEmpty) {
    EXPECT_EQ(judge(Notice::arrived, {}, file(1, 1)), Ready::now);
    EXPECT_EQ(judge(Notice::arrived, {}, file(0, 1)), Ready::look_again);
}

TEST(SpoolRules, AnEmptyFileIsTakenAfterTwoEqualLooks) {
    EXPECT_EQ(judge(Notice::arrived, Look::of(file(0, 1)), file(0, 1)), Ready::now);
    EXPECT_EQ(judge(Notice::arrived, Look::of(file(0, 1)), file(0, 2)), Ready::look_again);
}

TEST(SpoolRules, AScannedFileIsTakenAfterTwoEqualLooks) {
    EXPECT_EQ(judge(Notice::scanned, Look::of(file(5, 1)), file(5, 1)), Ready::now);
    EXPECT_EQ(judge(Notice::scanned, Look::of(file(5, 1)), file(6, 1)), Ready::look_again);
    EXPECT_EQ(judge(Notice::scanned, Look::of(file(5, 1)), file(5, 2)), Ready::look_again);
}

TEST(SpoolRules, AFileThatSomebodyIsWritingIsNotOurs) {
    EXPECT_EQ(judge(Notice::created, {}, file(5, 1, 1)), Ready::not_ours);
}

TEST(SpoolRules, ALinkedFileIsTakenAfterTwoEqualLooks) {
    EXPECT_EQ(judge(Notice::created, {}, file(5, 1, 2)), Ready::look_again);
    EXPECT_EQ(judge(Notice::created, Look::of(file(5, 1, 2)), file(5, 1, 2)), Ready::now);
}

}  // namespace
}  // namespace hrn::supervisor::storage
