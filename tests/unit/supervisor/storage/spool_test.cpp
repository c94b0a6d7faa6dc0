// Intake's rules seen from outside: what a user puts into incoming/, and what becomes of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;

class SpoolTest : public testing::Test {
protected:
    void start() {
        service = std::make_unique<FakeService>(config);
        service->start();
        ASSERT_TRUE(service->wait_recovered());
        full_scan();
    }
    void full_scan() {
        static_cast<void>(
            service->ask([&](auto done) { service->storage().rescan([done] { done(nullptr); }); }));
    }
    std::string incoming(const std::string& rel) { return service_path("spool/incoming/" + rel); }
    std::string service_path(const std::string& rel) { return folder.path(rel); }

    TempFolder folder;
    Config config = service_config(folder.path());
    std::unique_ptr<FakeService> service;
};

TEST_F(SpoolTest, AFileIsNotTakenBeforeItIsClosed) {
    config.spool.rescan_s = 86400;
    start();
    std::ofstream file(incoming("x.jpg"), std::ios::binary);
    file << "first half, ";
    file.flush();
    // Time passes for it as for a file that is complete; only the latter may come.
    std::filesystem::create_directory(service_path("elsewhere"));
    folder.write("elsewhere/y.jpg", "y");
    ASSERT_EQ(::link(service_path("elsewhere/y.jpg").c_str(), incoming("y.jpg").c_str()), 0);
    ASSERT_TRUE(service->wait_for_finished(1));
    EXPECT_EQ(service->finished[0].path, "y.jpg");
    file << "second half";
    file.close();
    ASSERT_TRUE(service->wait_for_finished(2));
    EXPECT_EQ(read_file(service->spool("done/x.jpg")), "first half, second half");
}

TEST_F(SpoolTest, AnEmptyFileIsTakenWhenItStaysEmpty) {
    start();
    std::ofstream(incoming("empty.jpg")).flush();
    ASSERT_TRUE(service->wait_for_finished(1));
    EXPECT_EQ(service->queued[0].image_bytes, 0U);
}

TEST_F(SpoolTest, AFolderRenamedInIsTakenWithEverythingInIt) {
    folder.write("made/a/x.jpg", "x");
    folder.write("made/b/c/y.jpg", "y");
    start();
    std::filesystem::rename(service_path("made"), incoming("made"));
    ASSERT_TRUE(service->wait_for_finished(2));
    EXPECT_TRUE(path_exists(service->result("made/b/c/y.jpg/result.json")));
}

TEST_F(SpoolTest, FilesInAFolderMadeJustNowAreSeen) {
    start();
    for (int i = 0; i < 20; ++i) {
        drop(config, "f" + std::to_string(i) + "/g/x.jpg");
    }
    ASSERT_TRUE(service->wait_for_finished(20));
}

// What is beyond the list is fetched by a scan as soon as the list runs low; so it must be known of.
TEST_F(SpoolTest, FilesBeyondTheListAreCountedBeforeTheNextRescan) {
    constexpr std::size_t kFiles = 16384 + 500;
    config.spool.rescan_s = 86400;
    service = std::make_unique<FakeService>(config);
    service->start(false);
    ASSERT_TRUE(service->wait_recovered());
    full_scan();
    for (std::size_t i = 0; i < kFiles; ++i) {
        std::ofstream(incoming(std::to_string(i) + ".jpg")) << "image";
    }
    // Its event is the last one: what is counted then has been counted to the end.
    std::ofstream(incoming("end.txt")) << "no image";
    ASSERT_TRUE(service->run_until([&] { return service->counts.ignored == 1; }));
    EXPECT_EQ(service->counts.waiting, kFiles) << "each is created and then closed, which are two events";
}

TEST_F(SpoolTest, UsersFoldersAreNeverRemoved) {
    start();
    drop(config, "a/b/x.jpg");
    ASSERT_TRUE(service->wait_for_finished(1));
    EXPECT_TRUE(path_exists(incoming("a/b")));
}

TEST_F(SpoolTest, WhatIsNoImageStaysAndIsCounted) {
    folder.write("spool/incoming/notes.txt", "n");
    folder.write("spool/incoming/a/list.csv", "n");
    folder.write("spool/incoming/.hidden.jpg", "h");
    folder.write("spool/incoming/x.jpg.part", "p");
    ASSERT_EQ(::symlink("/etc/passwd", incoming("link.jpg").c_str()), 0);
    start();
    ASSERT_TRUE(service->run_until([&] { return service->counts.ignored == 3; }));  // the link, too
    drop(config, "more.txt");
    ASSERT_TRUE(service->run_until([&] { return service->counts.ignored == 4; }));
    ASSERT_EQ(::unlink(incoming("more.txt").c_str()), 0);
    ASSERT_TRUE(service->run_until([&] { return service->counts.ignored == 3; }));
    EXPECT_TRUE(service->queued.empty());
    EXPECT_TRUE(path_exists(incoming("link.jpg")));
}

TEST_F(SpoolTest, StrangeNamesAreOnlyBytes) {
    const std::vector<std::string> names = {"with space.jpg",
                                            "new\nline.png",
                                            "quo\"te'.jpg",
                                            "\xff\xfe.jpg",
                                            std::string(246, 'n') + ".jpg",
                                            std::string(251, 'm') + ".jpg"};
    start();
    for (const std::string& name : names) {
        folder.write("spool/incoming/" + name, "x");
    }
    ASSERT_TRUE(service->wait_for_finished(names.size()));
    for (const std::string& name : names) {
        EXPECT_TRUE(path_exists(service->result(name + "/result.json"))) << name;
        EXPECT_TRUE(path_exists(service->spool("done/" + name))) << name;
    }
}

TEST_F(SpoolTest, ANameOf255BytesFailsWithAnErrorFileOfItsOwn) {
    const std::string name = std::string(251, 'm') + ".jpg";
    folder.write("spool/incoming/" + name, "x");
    service = std::make_unique<FakeService>(config);
    service->work = [](const auto&) { return Work::fail; };
    service->start();
    ASSERT_TRUE(service->wait_for_finished(1));
    const auto files = tree(service->spool("failed"));
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0], name);
    EXPECT_TRUE(files[1].ends_with(service->finished[0].id.text() + ".error.json"));
}

TEST_F(SpoolTest, FortyLevelsOfFoldersAreFollowed) {
    std::string rel;
    for (int i = 0; i < 40; ++i) {
        rel += "level" + std::to_string(i) + "/";
    }
    start();
    drop(config, rel + "x.jpg");
    ASSERT_TRUE(service->wait_for_finished(1));
    EXPECT_TRUE(path_exists(service->result(rel + "x.jpg/result.json")));
}

TEST_F(SpoolTest, AnImageBesideAFolderOfTheSameName) {
    start();
    drop(config, "a.png");
    ASSERT_TRUE(service->wait_for_finished(1));
    folder.write("made/b.png", "b");
    std::filesystem::rename(service_path("made"), incoming("a.png"));
    ASSERT_TRUE(service->wait_for_finished(2));
    EXPECT_TRUE(path_exists(service->result("a.png/result.json")));
    EXPECT_TRUE(path_exists(service->result("a.png~dir/b.png/result.json")));
}

TEST_F(SpoolTest, AFileThatVanishesBetweenNoticeAndClaimLeavesNothing) {
    service = std::make_unique<FakeService>(config);
    service->start(false);
    ASSERT_TRUE(service->wait_recovered());
    drop(config, "x.jpg");
    ASSERT_TRUE(service->run_until([&] { return service->counts.waiting == 1; }));
    ASSERT_EQ(::unlink(incoming("x.jpg").c_str()), 0);
    ASSERT_TRUE(service->run_until([&] { return service->counts.waiting == 0; }));
    service->storage().set_intake(true);
    drop(config, "y.jpg");
    ASSERT_TRUE(service->wait_for_finished(1));
    EXPECT_TRUE(tree(service->spool("claimed")).empty());
}

TEST_F(SpoolTest, AnotherIgnorePatternAppliesAfterAReload) {
    start();
    config.spool.ignore = {"skip*"};
    service->storage().reload(config);
    drop(config, "skip.jpg");
    drop(config, "take.jpg");
    ASSERT_TRUE(service->wait_for_finished(1));
    EXPECT_EQ(service->finished[0].path, "take.jpg");
    EXPECT_TRUE(path_exists(incoming("skip.jpg")));
}

TEST_F(SpoolTest, AMissingSpoolIsWaitedForAndNeverMade) {
    config.service.spool_dir = service_path("later");
    service = std::make_unique<FakeService>(config);
    service->start();
    ASSERT_TRUE(service->run_until([&] { return service->problems.contains("spool_missing"); }));
    EXPECT_FALSE(path_exists(service_path("later")));
    std::filesystem::create_directories(service_path("later/incoming"));
    drop(config, "x.jpg");
    ASSERT_TRUE(service->wait_for_finished(1));
    EXPECT_FALSE(service->problems.contains("spool_missing"));
}

TEST_F(SpoolTest, ASpoolThatGoesAwayIsAProblemUntilItIsBack) {
    start();
    std::filesystem::rename(service_path("spool"), service_path("away"));
    ASSERT_TRUE(service->run_until([&] { return service->problems.contains("spool_missing"); }));
    std::filesystem::rename(service_path("away"), service_path("spool"));
    ASSERT_TRUE(service->run_until([&] { return service->problems.empty(); }));
    drop(config, "x.jpg");
    ASSERT_TRUE(service->wait_for_finished(1));
}

TEST_F(SpoolTest, ASpoolWithoutItsClaimsIsTakenForAnUnmountedDisk) {
    drop(config, "x.jpg");
    service = std::make_unique<FakeService>(config);
    service->work = [](const auto&) { return Work::leave; };
    service->start();
    ASSERT_TRUE(service->run_until([&] { return service->queued.size() == 1; }));
    service.reset();
    std::filesystem::rename(service_path("spool"), service_path("disk"));
    std::filesystem::create_directory(service_path("spool"));  // the mount point
    service = std::make_unique<FakeService>(config);
    service->start();
    ASSERT_TRUE(service->run_until([&] { return service->problems.contains("spool_missing"); }));
    EXPECT_TRUE(tree(service_path("spool")).empty());
    std::filesystem::remove(service_path("spool"));
    std::filesystem::rename(service_path("disk"), service_path("spool"));
    ASSERT_TRUE(service->wait_for_finished(1));
}

}  // namespace
}  // namespace hrn::test
