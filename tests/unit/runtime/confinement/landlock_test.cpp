// Landlock: what is named can be used as named, and nothing else.
#include "worker/runtime/confinement/landlock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <vector>

#include "tests/unit/runtime/confinement/confined_child.hpp"
#include "tests/unit/runtime/fake_supervisor.hpp"

namespace hrn::runtime {
namespace {

using test::error_of;
using test::in_confined_child;

class LandlockTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (landlock_abi() == 0) {
            GTEST_SKIP() << "this kernel has no Landlock";
        }
        for (const char* name : {"/model", "/mine", "/outside"}) {
            std::filesystem::create_directory(folder.path() + name);
            test::write_file(path(std::string(name) + "/file"), "text");
        }
    }
    std::string path(const std::string& name) const { return folder.path() + name; }
    std::vector<FileRight> rights() const {
        return {{path("/model"), FileUse::read}, {path("/mine"), FileUse::fill}};
    }
    int attempt(const std::function<int()>& what) const {
        return in_confined_child([this] { return restrict_files(rights()); }, what);
    }
    int open_error(const std::string& name, int flags) const {
        return attempt([&] { return error_of(::open(path(name).c_str(), flags, 0600)); });
    }

    test::ScratchFolder folder;
};

TEST_F(LandlockTest, ReadsWhatMayBeRead) {
    EXPECT_EQ(open_error("/model/file", O_RDONLY), 0);
}
TEST_F(LandlockTest, DoesNotWriteWhatMayBeRead) {
    EXPECT_EQ(open_error("/model/file", O_WRONLY), EACCES);
    EXPECT_EQ(open_error("/model/new", O_WRONLY | O_CREAT), EACCES);
}
TEST_F(LandlockTest, EditsWhatMayBeEditedAndMakesNothingThere) {
    const auto edit = [&](const std::string& name, int flags) {
        return in_confined_child(
            [&] {
                return restrict_files(std::vector{FileRight{path("/model"), FileUse::edit}});
            },
            [&] { return error_of(::open(path(name).c_str(), flags, 0600)); });
    };
    EXPECT_EQ(edit("/model/file", O_WRONLY | O_TRUNC), 0);
    EXPECT_EQ(edit("/model/new", O_WRONLY | O_CREAT), EACCES);
}
// As CUDA does from its first call on; without it there is no device (cudaErrorOperatingSystem).
TEST_F(LandlockTest, NamesAThreadOfItsOwnThroughProc) {
    const auto name = [&] {
        const std::string comm = "/proc/self/task/" + std::to_string(::getpid()) + "/comm";
        return error_of(::open(comm.c_str(), O_WRONLY | O_TRUNC));
    };
    const std::vector<FileRight> with = {{"/proc/self/task", FileUse::edit}};
    EXPECT_EQ(in_confined_child([&] { return restrict_files(with); }, name), 0);
    EXPECT_EQ(attempt(name), EACCES);
}
TEST_F(LandlockTest, ReadsNothingElse) {
    EXPECT_EQ(open_error("/outside/file", O_RDONLY), EACCES);
}
TEST_F(LandlockTest, ListsNothingElse) {
    EXPECT_EQ(open_error("/outside", O_RDONLY | O_DIRECTORY), EACCES);
}
TEST_F(LandlockTest, MakesNothingElsewhere) {
    EXPECT_EQ(open_error("/outside/new", O_WRONLY | O_CREAT), EACCES);
    EXPECT_EQ(attempt([&] { return error_of(::mkdir(path("/outside/folder").c_str(), 0700)); }), EACCES);
    EXPECT_FALSE(std::filesystem::exists(path("/outside/new")));
}
TEST_F(LandlockTest, RemovesNothingElsewhere) {
    EXPECT_EQ(attempt([&] { return error_of(::unlink(path("/model/file").c_str())); }), EACCES);
    EXPECT_TRUE(std::filesystem::exists(path("/model/file")));
}
TEST_F(LandlockTest, FillsAndClearsItsOwnFolder) {
    EXPECT_EQ(attempt([&] {
                  const std::string sub = path("/mine/sub");
                  if (::mkdir(sub.c_str(), 0700) != 0) {
                      return errno;
                  }
                  const int fd = ::open((sub + "/new").c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
                  if (fd < 0 || ::write(fd, "x", 1) != 1 || ::ftruncate(fd, 0) != 0 ||
                      ::unlink((sub + "/new").c_str()) != 0) {
                      return errno;
                  }
                  return error_of(::rmdir(sub.c_str()));
              }),
              0);
}
TEST_F(LandlockTest, MakesNeitherLinksNorPipesInItsOwnFolder) {
    EXPECT_EQ(attempt([&] { return error_of(::symlink("/etc/passwd", path("/mine/link").c_str())); }),
              EACCES);
    EXPECT_EQ(attempt([&] { return error_of(::mkfifo(path("/mine/pipe").c_str(), 0600)); }), EACCES);
}
TEST_F(LandlockTest, LinksNothingIntoItsOwnFolder) {
    EXPECT_NE(
        attempt([&] { return error_of(::link(path("/model/file").c_str(), path("/mine/stolen").c_str())); }),
        0);
    EXPECT_FALSE(std::filesystem::exists(path("/mine/stolen")));
}
TEST_F(LandlockTest, RenamesNothingOutOfItsOwnFolder) {
    EXPECT_NE(attempt([&] {
                  return error_of(::rename(path("/mine/file").c_str(), path("/outside/moved").c_str()));
              }),
              0);
    EXPECT_TRUE(std::filesystem::exists(path("/mine/file")));
}
TEST_F(LandlockTest, DoesNotLeaveByDotDot) {
    EXPECT_EQ(open_error("/mine/../outside/file", O_RDONLY), EACCES);
}
TEST_F(LandlockTest, RunsNothingThatItWrote) {
    EXPECT_EQ(attempt([&] {
                  const std::string program = path("/mine/program");
                  const int fd = ::open(program.c_str(), O_WRONLY | O_CREAT, 0700);
                  if (fd < 0 || ::write(fd, "#!/bin/sh\n", 10) != 10 || ::close(fd) != 0) {
                      return errno;
                  }
                  char* const arguments[] = {const_cast<char*>(program.c_str()), nullptr};
                  return error_of(::execv(program.c_str(), arguments));
              }),
              EACCES);
}
TEST_F(LandlockTest, LeavesOutWhatIsNotThere) {
    EXPECT_EQ(in_confined_child(
                  [&] {
                      auto with_missing = rights();
                      with_missing.push_back({path("/never/made"), FileUse::read});
                      return restrict_files(with_missing);
                  },
                  [&] { return error_of(::open(path("/model/file").c_str(), O_RDONLY)); }),
              0);
}
TEST_F(LandlockTest, AllowsASingleFile) {
    const auto only_file = [&] {
        const std::vector<FileRight> one = {{path("/outside/file"), FileUse::read}};
        return restrict_files(one);
    };
    EXPECT_EQ(in_confined_child(only_file,
                                [&] { return error_of(::open(path("/outside/file").c_str(), O_RDONLY)); }),
              0);
    EXPECT_EQ(
        in_confined_child(only_file, [&] { return error_of(::open(path("/outside").c_str(), O_RDONLY)); }),
        EACCES);
}
TEST_F(LandlockTest, GainsNoPrivilegesByExecuting) {
    EXPECT_EQ(attempt([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EPERM; }), 0);
}
TEST_F(LandlockTest, ConnectsToNothingByTcp) {
    if (landlock_abi() < 4) {
        GTEST_SKIP() << "this kernel's Landlock does not know TCP; seccomp does";
    }
    EXPECT_EQ(attempt([] {
                  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
                  sockaddr_in address{};
                  address.sin_family = AF_INET;
                  address.sin_port = htons(9);
                  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                  return error_of(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)));
              }),
              EACCES);
}
TEST_F(LandlockTest, SignalsNobodyOutside) {
    if (landlock_abi() < 6) {
        GTEST_SKIP() << "this kernel's Landlock does not know signals; seccomp does";
    }
    EXPECT_EQ(attempt([] { return error_of(::kill(::getppid(), 0)); }), EPERM);
}

}  // namespace
}  // namespace hrn::runtime
