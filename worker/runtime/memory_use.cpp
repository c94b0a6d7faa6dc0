#include "worker/runtime/memory_use.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "shared/unique_fd.hpp"

namespace hrn::runtime {

std::uint64_t resident_bytes() {
    const UniqueFd fd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    const ssize_t got = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
    if (got <= 0) {
        return 0;
    }
    // "size resident shared …", in pages.
    const char* end = text.data() + got;
    const char* at = text.data();
    while (at != end && *at != ' ') {
        ++at;
    }
    std::uint64_t pages = 0;
    if (at == end || std::from_chars(at + 1, end, pages).ec != std::errc{}) {
        return 0;
    }
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t peak_resident_bytes() {
    struct rusage usage {};
    if (::getrusage(RUSAGE_SELF, &usage) != 0) {
        return 0;
    }
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace hrn::runtime
