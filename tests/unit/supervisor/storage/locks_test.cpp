#include "supervisor/storage/locks.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::supervisor::storage {
namespace {

using namespace std::chrono_literals;
const auto kNever = [] { return false; };

TEST(Locks, ASecondHolderIsToldThePidOfTheFirst) {
    const test::TempFolder folder;
    const UniqueFd first = take_lock(folder.fd(), folder.path(), 0ms, kNever);
    try {
        const UniqueFd second = take_lock(folder.fd(), folder.path(), 100ms, kNever);
        FAIL();
    } catch (const LockHeld& held) {
        EXPECT_NE(std::string(held.what()).find(std::to_string(::getpid())), std::string::npos);
        EXPECT_NE(std::string(held.what()).find(folder.path()), std::string::npos);
    }
}

TEST(Locks, ItIsFreeAgainWhenTheHolderIsGone) {
    const test::TempFolder folder;
    static_cast<void>(take_lock(folder.fd(), folder.path(), 0ms, kNever));
    EXPECT_TRUE(take_lock(folder.fd(), folder.path(), 0ms, kNever));
}

TEST(Locks, AProgramThatTheHolderStartsDoesNotInheritIt) {
    const test::TempFolder folder;
    const UniqueFd lock = take_lock(folder.fd(), folder.path(), 0ms, kNever);
    EXPECT_NE(::fcntl(lock.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Locks, ASecondServiceEndsWithOneLineThatNamesTheFirst) {
    const test::TempFolder folder;
    Config config = test::service_config(folder.path());
    test::FakeService first(config);
    first.start();
    ASSERT_TRUE(first.wait_recovered());
    config.service.state_dir = folder.path("other-state");  // so that the spool is what they share
    test::FakeService second(config);
    second.start();
    ASSERT_TRUE(second.wait_recovered());
    ASSERT_TRUE(second.fatal);
    EXPECT_EQ(second.fatal->first, 1);
    EXPECT_NE(second.fatal->second.find(std::to_string(::getpid())), std::string::npos);
    EXPECT_NE(second.fatal->second.find("spool"), std::string::npos);
}

TEST(Locks, TheFourSpoolFoldersMustBeOneFileSystem) {
    const test::TempFolder folder;
    Config config = test::service_config(folder.path());
    fs::set_fault_hook([](std::string_view call, std::string_view name) {
        return call == "renameat2" && name.starts_with(".probe") ? EXDEV : 0;
    });
    test::FakeService service(config);
    service.start();
    ASSERT_TRUE(service.wait_recovered());
    ASSERT_TRUE(service.fatal);
    EXPECT_EQ(service.fatal->first, 2);
    service.stop();
}

TEST(Locks, ADatabaseThatIsDeletedUnderTheServiceEndsIt) {
    const test::TempFolder folder;
    test::FakeService service(test::service_config(folder.path()));
    service.start();
    ASSERT_TRUE(service.wait_recovered());
    std::filesystem::remove_all(folder.path("state"));
    ASSERT_TRUE(service.run_until([&] { return service.fatal.has_value(); }));
    EXPECT_EQ(service.fatal->first, 1);
}

TEST(Locks, ANewerStoreEndsTheServiceWithStatusTwo) {
    const test::TempFolder folder;
    const Config config = test::service_config(folder.path());
    {
        test::FakeService service(config);
        service.start();
        ASSERT_TRUE(service.wait_recovered());
    }
    // user_version is the 32-bit big-endian word at offset 60 of the file's header.
    const UniqueFd file(::open(folder.path("state/tasks.db").c_str(), O_RDWR));
    const unsigned char version[4] = {0, 0, 0, 99};
    ASSERT_EQ(::pwrite(file.get(), version, 4, 60), 4);
    test::FakeService service(config);
    service.start();
    ASSERT_TRUE(service.wait_recovered());
    ASSERT_TRUE(service.fatal);
    EXPECT_EQ(service.fatal->first, 2);
}

}  // namespace
}  // namespace hrn::supervisor::storage
