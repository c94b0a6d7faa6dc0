#include "worker/runtime/confinement/confinement.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

#include "shared/log.hpp"
#include "worker/runtime/confinement/call_filter.hpp"

namespace hrn::runtime {

namespace {

// Set for the program that is executed again: it is restricted already.
constexpr const char* kAgain = "HRN_WORKER_CONFINED";

bool is_only_thread() {
    const std::filesystem::directory_iterator threads("/proc/self/task");
    return std::distance(begin(threads), end(threads)) == 1;
}

[[noreturn]] void execute_again(char* const* argv) {
    if (::setenv(kAgain, "1", 1) != 0) {
        throw std::system_error(errno, std::generic_category(), "setenv");
    }
    // By its own name, so that ps shows it; by the kernel's if the file was replaced meanwhile.
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    ::execv(program.c_str(), argv);
    ::execv("/proc/self/exe", argv);
    throw std::system_error(errno, std::generic_category(), "executing " + program + " again");
}

}  // namespace

void confine_files(std::span<const FileRight> rights, char* const* argv) {
    if (std::getenv(kAgain) != nullptr) {
        ::unsetenv(kAgain);
        return;
    }
    if (!restrict_files(rights)) {
        log::warning(
            "this kernel has no Landlock (or a container hides it): the worker is not kept from files that "
            "its "
            "user may use");
        return;
    }
    if (!is_only_thread()) {
        execute_again(argv);
    }
}

void confine_calls() {
    if (!filter_calls()) {
        log::warning(
            "this kernel lets no seccomp filter be set: the worker is not kept from sockets, programs and "
            "other "
            "processes");
    }
}

}  // namespace hrn::runtime
