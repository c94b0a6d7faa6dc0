#include "supervisor/storage/spool_scan.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <set>

#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::supervisor::storage {
namespace {

struct Seen : ScanVisitor {
    std::set<std::string> folders, images, ignored;
    std::map<std::string, Oddity> oddities;
    void on_folder(int, const std::string& rel) override { folders.insert(rel); }
    void on_image(const std::string& rel, const struct stat&) override { images.insert(rel); }
    void on_ignored(const std::string& rel) override { ignored.insert(rel); }
    void on_oddity(Oddity oddity, const std::string& rel) override { oddities[rel] = oddity; }
};

class SpoolScanTest : public testing::Test {
protected:
    Seen scan(const std::string& root = "", std::size_t entries_per_step = 3) {
        Seen seen;
        SpoolScan scan(folders, config.spool, root, seen);
        while (!scan.step(entries_per_step)) {
            ++steps;
        }
        return seen;
    }

    test::TempFolder temp;
    Config config = test::service_config(temp.path());
    Folders folders{config.service, false};
    int steps = 0;
};

TEST_F(SpoolScanTest, FindsImagesInEveryFolderAndCountsTheOthers) {
    for (const char* rel :
         {"x.jpg", "a/y.PNG", "a/b/c/z.tiff", "a/notes.txt", ".hidden.jpg", "a/w.jpg.part"}) {
        temp.write(std::string("spool/incoming/") + rel, "x");
    }
    const Seen seen = scan();
    EXPECT_EQ(seen.images, (std::set<std::string>{"x.jpg", "a/y.PNG", "a/b/c/z.tiff"}));
    EXPECT_EQ(seen.ignored, (std::set<std::string>{"a/notes.txt"}));
    EXPECT_EQ(seen.folders, (std::set<std::string>{"", "a", "a/b", "a/b/c"}));
}

TEST_F(SpoolScanTest, StaysBelowItsRoot) {
    temp.write("spool/incoming/a/x.jpg", "x");
    temp.write("spool/incoming/b/y.jpg", "y");
    EXPECT_EQ(scan("b").images, (std::set<std::string>{"b/y.jpg"}));
}

TEST_F(SpoolScanTest, EntersAFolderThatIsNamedLikeAnImage) {
    temp.write("spool/incoming/x.jpg/y.jpg", "y");
    EXPECT_EQ(scan().images, (std::set<std::string>{"x.jpg/y.jpg"}));
}

TEST_F(SpoolScanTest, ReportsWhatIsNoRegularFile) {
    temp.write("elsewhere/x.jpg", "x");
    ASSERT_EQ(::symlink(temp.path("elsewhere/x.jpg").c_str(), temp.path("spool/incoming/link.jpg").c_str()),
              0);
    ASSERT_EQ(::symlink(temp.path("elsewhere").c_str(), temp.path("spool/incoming/linked").c_str()), 0);
    ASSERT_EQ(::mkfifo(temp.path("spool/incoming/fifo.jpg").c_str(), 0600), 0);
    const Seen seen = scan();
    EXPECT_TRUE(seen.images.empty());
    EXPECT_EQ(seen.oddities, (std::map<std::string, Oddity>{{"link.jpg", Oddity::not_regular},
                                                            {"fifo.jpg", Oddity::not_regular}}));
    EXPECT_EQ(seen.ignored, (std::set<std::string>{"linked"}));
}

TEST_F(SpoolScanTest, LeavesPathsThatAreTooLong) {
    // Made step by step: such a path cannot be given to one system call.
    UniqueFd here = fs::open_directory(temp.path("spool/incoming"));
    const std::string folder(200, 'd');
    std::string rel;
    for (int depth = 0; depth < 20; ++depth) {
        fs::make_directory_at(here.get(), folder);
        here = fs::open_directory_at(here.get(), folder);
        rel += folder + "/";
        fs::write_file_at(here.get(), "x.jpg", "x", false);
    }
    const Seen seen = scan();
    EXPECT_EQ(seen.images.size(), 19U);
    for (const std::string& image : seen.images) {
        EXPECT_LE(image.size(), 3900U);
    }
    ASSERT_EQ(seen.oddities.size(), 1U);
    EXPECT_EQ(seen.oddities.begin()->second, Oddity::path_too_long);
}

TEST_F(SpoolScanTest, AFolderOfManyFilesIsReadInBoundedSteps) {
    for (int i = 0; i < 100; ++i) {
        temp.write("spool/incoming/x" + std::to_string(i) + ".jpg", "x");
    }
    EXPECT_EQ(scan("", 10).images.size(), 100U);
    EXPECT_GE(steps, 9);
}

TEST_F(SpoolScanTest, AFolderThatVanishesIsNoError) {
    EXPECT_TRUE(scan("gone").images.empty());
}

}  // namespace
}  // namespace hrn::supervisor::storage
