#include "supervisor/workers/device_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>

namespace hrn::supervisor {
namespace {

// Device names come from the configuration; only letters, digits and '-' reach the file's name.
std::string lock_name(const std::string& device, int ordinal) {
    std::string name = "device-";
    for (const char c : device) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        name += plain ? c : '_';
    }
    return name + "." + std::to_string(ordinal) + ".lock";
}

}  // namespace

std::optional<UniqueFd> try_device_lock(const std::string& runtime_dir, const std::string& device,
                                        int ordinal) {
    const std::string path = runtime_dir + "/" + lock_name(device, ordinal);
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) {
        throw std::system_error(errno, std::generic_category(), "cannot open the device lock " + path);
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
        return fd;
    }
    if (errno == EWOULDBLOCK) {
        return std::nullopt;
    }
    throw std::system_error(errno, std::generic_category(), "cannot lock " + path);
}

}  // namespace hrn::supervisor
