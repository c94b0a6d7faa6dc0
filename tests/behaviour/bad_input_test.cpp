// Strange files and strange names, with the simulated worker: each ends as a result or as a named error, or
// is left where it is and counted; nothing is lost and the service is not impressed.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;
using nlohmann::json;

json error_record(const Service& service, const std::string& name) {
    return json::parse(read_whole(service.root() + "/spool/failed/" + name + ".error.json"));
}

constexpr int kTimeOut = 4;  // of hrn-ctl wait: what failed before it began does not count for it

bool has_problem(const Service& service, const std::string& code) {
    const json status = service.status();
    for (const json& problem : status.at("problems")) {
        if (problem.at("code") == code) {
            return true;
        }
    }
    return false;
}

// In show, in failed/, in the log.
void expect_named_error(const Service& service, const std::string& path, const std::string& code) {
    EXPECT_EQ(error_record(service, path).at("code"), code);
    bool shown = false;
    for (const json& task : service.ctl_json({"tasks", "--state", "failed"})) {
        if (task.at("path") == path) {
            shown = true;
            const json told = service.ctl_json({"show", task.at("id").get<std::string>()});
            EXPECT_EQ(told.at("error").at("code"), code);
        }
    }
    EXPECT_TRUE(shown) << path;
    EXPECT_NE(service.log().find("code=" + code), std::string::npos) << code;
}

TEST(BadInput, AnEmptyFileIsTakenOnceItHasSettledAndNamed) {
    Service service;
    service.start();
    service.drop("empty.jpg", "");
    service.drop("good.jpg", "image");
    EXPECT_NE(service.wait_all(), kTimeOut);
    expect_named_error(service, "empty.jpg", "empty_file");
    EXPECT_EQ(service.published().count("good.jpg"), 1U);
}

TEST(BadInput, AnOverlongFileIsRefusedBeforeItIsRead) {
    Service service({{"limits", "max_file_bytes = 2000"}});
    service.start();
    service.drop("long.jpg", std::string(2001, 'x'));
    service.drop("fits.jpg", std::string(2000, 'x'));
    EXPECT_NE(service.wait_all(), kTimeOut);
    expect_named_error(service, "long.jpg", "file_too_large");
    EXPECT_EQ(service.published().count("fits.jpg"), 1U);
}

TEST(BadInput, AFileThatChangesWhileItIsComputedIsTriedAgain) {
    Service service;
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.ctl({"device", "drain", "cpu"}).status == 0; }));
    service.drop("changing.jpg", "hrn-sim: fail unreadable_image in decode\n");
    const std::string claimed = service.root() + "/spool/claimed";
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("queued") == 1; }));
    // Somebody still has it open and writes: its size is not the one that was claimed, so that what is wrong
    // with its content may be right a moment later.
    std::ofstream(files::directory_iterator(claimed)->path() / "image", std::ios::app) << "more";
    ASSERT_EQ(service.ctl({"device", "resume", "cpu"}).status, 0);
    EXPECT_NE(service.wait_all(), kTimeOut);
    const json task = service.ctl_json({"tasks", "--state", "failed"}).at(0);
    EXPECT_EQ(task.at("error").at("code"), "file_changed");
    EXPECT_EQ(task.at("attempts"), 3);
    EXPECT_TRUE(read_whole(service.root() + "/spool/failed/changing.jpg").ends_with("more"));
}

TEST(BadInput, AFileThatIsGoneBeforeItIsClaimedIsNoTask) {
    Service service;
    service.start();
    for (int i = 0; i < 50; ++i) {
        const std::string path = service.incoming() + "/" + std::to_string(i) + ".jpg";
        std::ofstream(path) << "image";
        ::unlink(path.c_str());
    }
    service.drop("stays.jpg", "image");
    EXPECT_EQ(service.wait_all(), 0);
    const json status = service.status();
    EXPECT_EQ(status.at("failed"), 0);
    EXPECT_EQ(service.published().count("stays.jpg"), 1U);
    EXPECT_TRUE(status.at("problems").empty()) << status.dump(1);
}

TEST(BadInput, NamesAreBytesWhateverTheyAre) {
    Service service;
    service.start();
    const std::vector<std::string> names = {
        "with spaces.jpg",
        "new\nline.jpg",
        "quo\"te's.jpg",
        "\xff\xfe not utf-8 \xc3.jpg",
        "\x1b[31mred.jpg",
        std::string(250 - 4, 'a') + ".jpg",
        std::string(255 - 4, 'b') + ".jpg",
        "-rf.jpg",
        "a=b key=value.jpg",
    };
    for (const std::string& name : names) {
        service.drop(name, "image " + name);
    }
    EXPECT_EQ(service.wait_all(), 0);
    std::map<std::string, std::string> ids;  // by the exact bytes
    for (const auto& [folder, result] : service.published()) {
        ids[folder] = result.at("id");
    }
    for (const std::string& name : names) {
        EXPECT_EQ(ids.count(name), 1U) << testing::PrintToString(name);
        EXPECT_EQ(read_whole(service.root() + "/spool/done/" + name), "image " + name);
    }
    // The text output is made harmless, the JSON is valid and has the bytes.
    const std::string text = service.ctl({"tasks"}).out;
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
    bool bytes_given = false;
    for (const json& task : service.ctl_json({"tasks"})) {
        bytes_given = bytes_given || task.contains("path_bytes");
    }
    EXPECT_TRUE(bytes_given);
}

TEST(BadInput, AnErrorFileFitsBesideTheLongestName) {
    Service service;
    service.start();
    const std::string longest = std::string(255 - 4, 'z') + ".jpg";
    service.drop(longest, "hrn-sim: no_face\n");
    EXPECT_NE(service.wait_all(), kTimeOut);
    const std::string failed = service.root() + "/spool/failed";
    EXPECT_TRUE(files::exists(failed + "/" + longest));
    EXPECT_EQ(std::distance(files::directory_iterator(failed), files::directory_iterator()), 2);
}

TEST(BadInput, FortyLevelsOfFoldersAreKept) {
    Service service;
    service.start();
    std::string folder;
    for (int i = 0; i < 40; ++i) {
        folder += "level" + std::to_string(i) + "/";
    }
    service.drop(folder + "deep.jpg", "image");
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().count(folder + "deep.jpg"), 1U);
    EXPECT_TRUE(files::exists(service.root() + "/spool/done/" + folder + "deep.jpg"));
}

TEST(BadInput, WhatIsNoRegularFileIsLeftAloneAndSaid) {
    Service service;
    service.start();
    std::ofstream(service.root() + "/beside/secret.jpg") << "secret";
    files::create_symlink(service.root() + "/beside/secret.jpg", service.incoming() + "/link.jpg");
    ASSERT_EQ(::mkfifo((service.incoming() + "/fifo.jpg").c_str(), 0644), 0);
    files::create_directory(service.incoming() + "/folder.jpg");
    service.drop("folder.jpg/inside.png", "image");
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_TRUE(Service::eventually([&] { return service.status().at("ignored") == 2; }))
        << service.status().dump(1);
    EXPECT_NE(service.log().find("not_regular"), std::string::npos);
    EXPECT_TRUE(files::is_symlink(service.incoming() + "/link.jpg"));
    EXPECT_TRUE(files::is_fifo(service.incoming() + "/fifo.jpg"));
    EXPECT_TRUE(files::is_directory(service.incoming() + "/folder.jpg"));
    EXPECT_EQ(read_whole(service.root() + "/beside/secret.jpg"), "secret");
    ASSERT_EQ(service.published().size(), 1U);
    EXPECT_EQ(service.published().begin()->first, "folder.jpg~dir/inside.png");
}

TEST(BadInput, AnImageBesideAFolderOfItsNameMeetsItNowhere) {
    Service service;
    service.start();
    service.drop("one/a.png", "image");
    ASSERT_EQ(service.wait_all(), 0);
    service.drop("one/a.png/b.png", "image");  // the folder takes the name that the image has left
    ASSERT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().count("one/a.png"), 1U);
    EXPECT_EQ(service.published().count("one/a.png~dir/b.png"), 1U);
}

TEST(BadInput, ResultsOnAnotherFileSystemAreWholeAsWell) {
    struct stat here {
    }, there{};
    if (::stat("/tmp", &here) != 0 || ::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev) {
        GTEST_SKIP() << "/dev/shm is no other file system than /tmp";
    }
    std::string elsewhere = "/dev/shm/hrn-results.XXXXXX";
    ASSERT_NE(::mkdtemp(elsewhere.data()), nullptr);
    {
        Service service({{"service", "results_dir = \"" + elsewhere + "\""}});
        service.start();
        service.drop("album/a.jpg", "image");
        service.drop("bad.jpg", "hrn-sim: no_face\n");
        EXPECT_NE(service.wait_all(), kTimeOut);
        EXPECT_TRUE(files::exists(elsewhere + "/album/a.jpg/result.json"));
        EXPECT_TRUE(files::exists(service.root() + "/spool/done/album/a.jpg"));
    }
    files::remove_all(elsewhere);
}

// A mount that goes away with the test.
class Mounted {
public:
    Mounted(const char* source, const std::string& target, const char* type, unsigned long flags)
        : target_(target), done_(::mount(source, target.c_str(), type, flags, nullptr) == 0) {}
    ~Mounted() {
        if (done_) {
            ::umount2(target_.c_str(), MNT_DETACH);
        }
    }
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;
    [[nodiscard]] bool done() const { return done_; }

private:
    std::string target_;
    bool done_;
};

TEST(BadInput, AMountInsideIncomingIsLeftAloneAndSaid) {
    Service service;
    const std::string folder = service.incoming() + "/stick";
    files::create_directories(folder);
    const Mounted stick("tmpfs", folder, "tmpfs", 0);
    if (!stick.done()) {
        GTEST_SKIP() << "mounting needs root";
    }
    std::ofstream(folder + "/photo.jpg") << "image";
    service.start();
    service.drop("beside.jpg", "image");
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_TRUE(Service::eventually([&] { return has_problem(service, "other_file_system"); }))
        << service.status().dump(1);
    EXPECT_EQ(read_whole(folder + "/photo.jpg"), "image");
    EXPECT_EQ(service.published().size(), 1U);
}

TEST(BadInput, AnUnreadableImageIsTheUsersErrorAndNotTheServices) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "a service of another user than the file's needs root";
    }
    Service service;
    // Root may read everything, so the service runs as somebody else.
    ASSERT_EQ(run_program("/bin/chown", {"-R", "65534:65534", service.root()}).status, 0);
    service.launch_as("65534");
    ASSERT_TRUE(Service::eventually([&] { return service.ctl({"status"}).status == 0; })) << service.log();
    service.drop("locked.jpg", "image");
    service.drop("good.jpg", "image");
    ASSERT_EQ(service.wait_all(), 0) << "what everybody may read is computed: " << service.log();
    const std::string beside = service.root() + "/spool/locked-2.jpg";
    std::ofstream(beside) << "image";
    ASSERT_EQ(::chmod(beside.c_str(), 0), 0);
    files::rename(beside, service.incoming() + "/locked-2.jpg");
    EXPECT_NE(service.wait_all(), kTimeOut);
    expect_named_error(service, "locked-2.jpg", "permission_denied");
}

}  // namespace
}  // namespace hrn::test
