// The spool on a file system that behaves as network shares do: changes on the server's side come without
// inotify events, or a rename cannot refuse to overwrite. A FUSE mount stands in for one.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/behaviour/support/passthrough_mount.hpp"
#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

// A folder that goes with the test, unless it fails; what is mounted in it is declared after it, so that it
// ends before.
class Scratch {
public:
    Scratch() {
        std::string pattern = "/tmp/hrn-share.XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::system_error(errno, std::generic_category(), "mkdtemp");
        }
        path_ = pattern;
        for (const char* folder : {"/server-spool", "/server-results", "/spool", "/results"}) {
            files::create_directory(path_ + folder);
        }
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        if (!::testing::Test::HasFailure()) {
            std::error_code ignored;
            files::remove_all(path_, ignored);
        }
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

class NetworkShare : public ::testing::Test {
protected:
    void SetUp() override {
        if (!PassthroughMount::possible()) {
            GTEST_SKIP() << "mounting needs root and /dev/fuse";
        }
    }
};

// Counts arrivals in one folder as the kernel tells them.
class ArrivalWatch {
public:
    explicit ArrivalWatch(const std::string& folder) : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
        if (fd_ < 0 ||
            ::inotify_add_watch(fd_, folder.c_str(), IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
            throw std::system_error(errno, std::generic_category(), "inotify " + folder);
        }
    }
    ArrivalWatch(const ArrivalWatch&) = delete;
    ArrivalWatch& operator=(const ArrivalWatch&) = delete;
    ~ArrivalWatch() { ::close(fd_); }
    [[nodiscard]] bool has_seen_any() const {
        alignas(inotify_event) std::array<char, 4096> buffer;
        return ::read(fd_, buffer.data(), buffer.size()) > 0;
    }

private:
    int fd_;
};

TEST_F(NetworkShare, FilesThatComeWithoutEventsAreFoundByTheRescan) {
    const Scratch scratch;
    const std::string server = scratch.path() + "/server-spool";
    const PassthroughMount mount(server, scratch.path() + "/spool", Renames::all_flags);
    Service service({}, scratch.path());
    service.start();
    service.drop("first.jpg", "through the mount");  // the folders are watched once this one is done
    ASSERT_EQ(service.wait_all(), 0);

    const ArrivalWatch watch(service.incoming());
    std::ofstream(server + "/incoming/silent.jpg") << "from the server's side";
    files::create_directories(server + "/incoming/album/inner");
    std::ofstream(server + "/incoming/album/inner/deep.jpg") << "from the server's side";
    EXPECT_TRUE(Service::eventually([&] { return service.published().size() == 3; })) << service.log();
    EXPECT_EQ(service.wait_all(), 0);  // the originals follow their results
    EXPECT_FALSE(watch.has_seen_any()) << "the mount is not as silent as this test needs it";
    EXPECT_EQ(service.published().count("album/inner/deep.jpg"), 1U);
    EXPECT_EQ(read_whole(server + "/done/silent.jpg"), "from the server's side");
    EXPECT_TRUE(service.leftovers().empty());
    EXPECT_TRUE(service.status().at("problems").empty()) << service.status().dump(1);
}

TEST_F(NetworkShare, WaitFindsThemWithoutWaitingForTheRescan) {
    const Scratch scratch;
    const std::string server = scratch.path() + "/server-spool";
    const PassthroughMount mount(server, scratch.path() + "/spool", Renames::all_flags);
    Service service({{"spool", "rescan_s = 3600"}}, scratch.path());
    service.start();
    service.drop("first.jpg", "image");
    ASSERT_EQ(service.wait_all(), 0);
    std::ofstream(server + "/incoming/silent.jpg") << "image";
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().count("silent.jpg"), 1U);
}

TEST_F(NetworkShare, NothingIsOverwrittenWhereARenameCannotRefuseTo) {
    const Scratch scratch;
    const PassthroughMount spool(scratch.path() + "/server-spool", scratch.path() + "/spool",
                                 Renames::plain_only);
    const PassthroughMount results(scratch.path() + "/server-results", scratch.path() + "/results",
                                   Renames::plain_only);
    Service service({}, scratch.path());
    service.start();
    for (const char* content : {"one", "two", "three"}) {
        service.drop("album/same.jpg", content);
        ASSERT_EQ(service.wait_all(), 0) << service.log();
    }
    service.drop("bad.jpg", "hrn-sim: no_face\n");
    EXPECT_LE(service.wait_all(), 1);  // 0 if it had failed before the wait began
    const auto published = service.published();
    EXPECT_EQ(published.size(), 3U);
    for (const auto& [name, content] :
         {std::pair{"album/same.jpg", "one"}, {"album/same.jpg~2", "two"}, {"album/same.jpg~3", "three"}}) {
        EXPECT_EQ(published.count(name), 1U) << name;
        EXPECT_EQ(read_whole(service.root() + "/spool/done/" + name), content) << name;
    }
    EXPECT_EQ(read_whole(service.root() + "/spool/failed/bad.jpg"), "hrn-sim: no_face\n");
    EXPECT_TRUE(files::exists(service.root() + "/spool/failed/bad.jpg.error.json"));
    EXPECT_TRUE(service.leftovers().empty());
}

}  // namespace
}  // namespace hrn::test
