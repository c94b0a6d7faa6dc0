#include "supervisor/storage/result_names.hpp"

#include <gtest/gtest.h>

#include <set>

#include "shared/text.hpp"

namespace hrn::supervisor::storage {
namespace {

TaskId some_id() {
    return TaskId::parse("01900000-0000-7000-8000-00000000002a").value();
}

TEST(ResultNames, AnImageKeepsItsPath) {
    EXPECT_EQ(result_name("a/b/x.jpg", 1, some_id()), "a/b/x.jpg");
    EXPECT_EQ(result_name("a/b/x.jpg", 3, some_id()), "a/b/x.jpg~3");
}

TEST(ResultNames, AFolderNamedLikeAnImageCannotMeetThatImagesResult) {
    EXPECT_EQ(result_name("a.png/b.png", 1, some_id()), "a.png~dir/b.png");
    EXPECT_EQ(result_name("A.JPEG/b/c.tif", 1, some_id()), "A.JPEG~dir/b/c.tif");
}

TEST(ResultNames, AFolderNamedLikeASecondResultCannotMeetItEither) {
    EXPECT_EQ(result_name("x.jpg~2/y.png", 1, some_id()), "x.jpg~2~dir/y.png");
    EXPECT_EQ(result_name("a.png~dir/y.png", 1, some_id()), "a.png~dir~dir/y.png");
}

TEST(ResultNames, OrdinaryFoldersWithTildesStayAsTheyAre) {
    EXPECT_EQ(result_name("backup~2/y.png", 1, some_id()), "backup~2/y.png");
    EXPECT_EQ(result_name("a~b/y.png", 1, some_id()), "a~b/y.png");
}

TEST(ResultNames, ANameThatWouldBeTooLongIsCutAndBearsTheId) {
    const std::string name = std::string(251, 'n') + ".jpg";
    ASSERT_EQ(name.size(), 255U);
    EXPECT_EQ(result_name(name, 1, some_id()), name);
    const std::string second = result_name(name, 2, some_id());
    EXPECT_EQ(second.size(), 255U);
    EXPECT_TRUE(second.ends_with("~" + some_id().text() + "~2"));
    const std::string error = error_file_name(name, some_id());
    EXPECT_EQ(error.size(), 255U);
    EXPECT_TRUE(error.ends_with("~" + some_id().text() + ".error.json"));
}

TEST(ResultNames, AnErrorFileOfAnOrdinaryNameIsBesideIt) {
    EXPECT_EQ(error_file_name("x.jpg", some_id()), "x.jpg.error.json");
}

TEST(ResultNames, CuttingNeverSplitsAUtf8Sequence) {
    for (int shift = 0; shift < 4; ++shift) {
        std::string name(static_cast<std::size_t>(shift), 'x');
        while (name.size() + 4 <= 251) {
            name += "\xf0\x9f\x99\x82";
        }
        name += std::string(251 - name.size(), 'y') + ".jpg";
        EXPECT_TRUE(valid_utf8(with_suffix(name, ".error.json", some_id()))) << shift;
    }
}

TEST(ResultNames, APathFromOutsideMustBeSingleNamesBetweenSingleSlashes) {
    for (const char* rel : {"x.jpg", "a/b/x.jpg", "\xff.jpg"}) {
        EXPECT_TRUE(is_valid_rel(rel)) << rel;
    }
    for (const char* rel : {"", "/x", "a//x", "a/", "../x", "a/../x", "./x"}) {
        EXPECT_FALSE(is_valid_rel(rel)) << rel;
    }
    EXPECT_TRUE(is_valid_rel(std::string(255, 'a')));
    EXPECT_FALSE(is_valid_rel(std::string(256, 'a')));
}

TEST(NameReservations, GivesTheFirstNameThatIsNeitherReservedNorTaken) {
    NameReservations names;
    const std::set<std::string> taken = {"x.jpg", "x.jpg~3"};
    const auto exists = [&](const std::string& name) { return taken.contains(name); };
    EXPECT_EQ(names.reserve("x.jpg", some_id(), exists), "x.jpg~2");
    EXPECT_EQ(names.reserve("x.jpg", some_id(), exists), "x.jpg~4");
}

TEST(NameReservations, AReleasedNameIsGivenAgainUnlessSomethingLiesThere) {
    NameReservations names;
    const auto nothing = [](const std::string&) { return false; };
    EXPECT_EQ(names.reserve("x.jpg", some_id(), nothing), "x.jpg");
    names.release("x.jpg");
    EXPECT_EQ(names.reserve("x.jpg", some_id(), nothing), "x.jpg");
}

TEST(NameReservations, ThousandsOfOneNameAreNotCountedFromTheStartEachTime) {
    NameReservations names;
    int asked = 0;
    const auto exists = [&](const std::string&) {
        ++asked;
        return false;
    };
    for (int i = 0; i < 2000; ++i) {
        static_cast<void>(names.reserve("x.jpg", some_id(), exists));
    }
    EXPECT_LT(asked, 5000);
}

}  // namespace
}  // namespace hrn::supervisor::storage
