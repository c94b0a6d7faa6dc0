// Which files a worker gets: the list itself, before any kernel sees it.
#include "worker/runtime/confinement/file_rights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "tests/unit/runtime/fake_supervisor.hpp"

namespace hrn::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::optional<FileUse> use_of(const std::vector<FileRight>& rights, const std::string& path) {
    for (const FileRight& right : rights) {
        if (right.path == path) {
            return right.use;
        }
    }
    return std::nullopt;
}

class FileRightsTest : public ::testing::Test {
protected:
    FileRightsTest() {
        config.model.dir = folder.path() + "/model";
        config.model.landmarks = "/usr/share/landmarks.dat";
        std::filesystem::create_directory(config.model.dir);
    }
    std::vector<FileRight> rights(const std::string& device = "cpu") const {
        return file_rights(config, device, {"/spool/claimed", "/results/.tmp/0123456789abcdef"});
    }

    test::ScratchFolder folder;
    Config config = default_config();
};

TEST_F(FileRightsTest, ReadTheModelAndTheClaimedImages) {
    EXPECT_EQ(use_of(rights(), config.model.dir), FileUse::read);
    EXPECT_EQ(use_of(rights(), config.model.landmarks), FileUse::read);
    EXPECT_EQ(use_of(rights(), "/spool/claimed"), FileUse::read);
}

TEST_F(FileRightsTest, FillOnlyTheOwnGenerationsFolder) {
    int filled = 0;
    for (const FileRight& right : rights()) {
        filled += right.use == FileUse::fill ? 1 : 0;
    }
    EXPECT_EQ(filled, 1);
    EXPECT_EQ(use_of(rights(), "/results/.tmp/0123456789abcdef"), FileUse::fill);
}

TEST_F(FileRightsTest, ContainNeitherTheResultsNorTheState) {
    for (const std::string& path : {config.service.results_dir, config.service.state_dir,
                                    config.service.spool_dir, config.service.runtime_dir}) {
        EXPECT_EQ(use_of(rights(), path), std::nullopt) << path;
    }
}

TEST_F(FileRightsTest, GiveTheCpuNoCacheOfKernels) {
    ::setenv("CUDA_CACHE_PATH", (folder.path() + "/cuda").c_str(), 1);
    EXPECT_EQ(use_of(rights("cpu"), folder.path() + "/cuda"), std::nullopt);
    ::unsetenv("CUDA_CACHE_PATH");
}

TEST_F(FileRightsTest, MakeTheCacheOfKernelsForAGpu) {
    const std::string cache = folder.path() + "/cache/cuda";
    ::setenv("CUDA_CACHE_PATH", cache.c_str(), 1);
    EXPECT_EQ(use_of(rights("0"), cache), FileUse::fill);
    EXPECT_TRUE(std::filesystem::is_directory(cache));
    ::unsetenv("CUDA_CACHE_PATH");
}

TEST_F(FileRightsTest, LetCudaNameItsThreads) {
    EXPECT_EQ(use_of(rights("0"), "/proc/self/task"), FileUse::edit);
    EXPECT_EQ(use_of(rights("cpu"), "/proc/self/task"), std::nullopt);
}

TEST_F(FileRightsTest, FollowTheLinksOfAModelIntoADownloadCache) {
    std::filesystem::create_directory(folder.path() + "/blobs");
    test::write_file(folder.path() + "/blobs/1234", "weights");
    std::filesystem::create_directory(config.model.dir + "/assets");
    std::filesystem::create_symlink("../../blobs/1234", config.model.dir + "/assets/weights.bin");
    std::filesystem::create_symlink("nowhere", config.model.dir + "/broken");
    const std::string blob = std::filesystem::canonical(folder.path() + "/blobs/1234").string();
    EXPECT_EQ(use_of(rights(), blob), FileUse::read);
    EXPECT_THAT(link_targets(config.model.dir, 4), ElementsAre(blob));
}

TEST_F(FileRightsTest, FollowNoLinkThatLiesDeeperThanAModel) {
    std::filesystem::create_directories(config.model.dir + "/a/b");
    std::filesystem::create_symlink("/etc/passwd", config.model.dir + "/a/b/link");
    EXPECT_TRUE(link_targets(config.model.dir, 2).empty());
    EXPECT_THAT(link_targets(config.model.dir, 3), ElementsAre("/etc/passwd"));
}

TEST(LibraryFolders, AreThoseOfWhatIsMappedToBeRun) {
    const std::string maps =
        "55d0-55d1 r--p 00000000 fe:00 11   /opt/hrn/libexec/hrn-worker\n"
        "55d1-55d2 r-xp 00001000 fe:00 11   /opt/hrn/libexec/hrn-worker\n"
        "7f00-7f01 r-xp 00000000 fe:00 12   /opt/torch/lib/libtorch.so\n"
        "7f02-7f03 r-xp 00000000 fe:00 13   /opt/torch/lib/libc10.so\n"
        "7f04-7f05 rw-s 00000000 00:05 14   /data/private\n"
        "7f06-7f07 r-xp 00000000 00:00 0    [vdso]\n"
        "7f08-7f09 r-xp 00000000 fe:00 15   /library.so\n";
    EXPECT_THAT(library_folders(maps), ElementsAre("/library.so", "/opt/hrn/libexec", "/opt/torch/lib"));
}

TEST(LibraryFolders, OfThisTestHoldTheTest) {
    const std::string own = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
    const Config config = default_config();
    const auto all = file_rights(config, "cpu", {"/spool/claimed", "/results/.tmp/1"});
    EXPECT_EQ(use_of(all, own), FileUse::libraries);
    EXPECT_THAT(library_folders(""), Not(Contains(own)));
}

}  // namespace
}  // namespace hrn::runtime
