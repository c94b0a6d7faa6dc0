// Threads that a library starts before main() must be confined too: the program then executes itself again.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/runtime/confinement/confined_child.hpp"
#include "worker/runtime/confinement/confinement.hpp"

namespace hrn::runtime {
namespace {

constexpr const char* kAsWorker = "HRN_TEST_CONFINED_THREADS";

// In the place of a library: starts a thread before main(), which later tries what the worker may not.
class EarlyThread {
public:
    EarlyThread() {
        if (std::getenv(kAsWorker) != nullptr) {
            thread_ = std::thread([this] {
                while (!go_) {
                    std::this_thread::yield();
                }
                error_ = test::error_of(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
            });
            act_as_worker();
        }
    }

private:
    // Never returns: the child of the test below has seen enough.
    [[noreturn]] void act_as_worker() {
        const std::string program = "/proc/self/exe";
        char* const arguments[] = {const_cast<char*>(program.c_str()), nullptr};
        const std::vector<FileRight> rights = {
            {"/usr", FileUse::libraries},        {"/lib", FileUse::libraries},
            {"/lib64", FileUse::libraries},      {"/proc", FileUse::read},
            {"/etc/ld.so.cache", FileUse::read}, {"/proc/self/exe", FileUse::libraries}};
        confine_files(rights, arguments);
        go_ = true;
        thread_.join();
        ::_exit(error_);
    }

    std::atomic<bool> go_{false};
    int error_ = 0;
    std::thread thread_;
};
const EarlyThread early_thread;

TEST(Confinement, CoversThreadsThatRanBeforeMain) {
    if (landlock_abi() == 0) {
        GTEST_SKIP() << "this kernel has no Landlock";
    }
    const int error = test::in_confined_child([] { return true; },
                                              [] {
                                                  ::setenv(kAsWorker, "1", 1);
                                                  ::execl("/proc/self/exe", "worker", nullptr);
                                                  return errno;
                                              });
    EXPECT_EQ(error, EACCES);
}

}  // namespace
}  // namespace hrn::runtime
