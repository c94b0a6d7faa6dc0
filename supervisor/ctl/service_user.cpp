#include "supervisor/ctl/service_user.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "shared/unique_fd.hpp"
#include "supervisor/ctl/find_service.hpp"

namespace hrn::ctl {
namespace {

// Whoever listens on the socket, as the kernel says.
std::optional<uid_t> listener(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket || path.size() >= sizeof(address.sun_path)) {
        return std::nullopt;
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return std::nullopt;
    }
    return credentials.uid;
}

ServiceUser named(uid_t uid) {
    ServiceUser user;
    user.uid = uid;
    const passwd* entry = ::getpwuid(uid);
    if (entry == nullptr) {
        user.name = std::to_string(uid);
        return user;
    }
    user.name = entry->pw_name;
    int count = 0;
    ::getgrouplist(entry->pw_name, entry->pw_gid, nullptr, &count);  // how many there are
    user.groups.resize(static_cast<std::size_t>(std::max(count, 1)));
    count = static_cast<int>(user.groups.size());
    if (::getgrouplist(entry->pw_name, entry->pw_gid, user.groups.data(), &count) < 0) {
        count = 0;
    }
    user.groups.resize(static_cast<std::size_t>(count));
    return user;
}

bool bits_allow(const ServiceUser& user, const struct stat& status, int mode) {
    mode_t bits = status.st_mode;  // of others
    if (status.st_uid == user.uid) {
        bits = status.st_mode >> 6;
    } else if (std::find(user.groups.begin(), user.groups.end(), status.st_gid) != user.groups.end()) {
        bits = status.st_mode >> 3;
    }
    return (bits & static_cast<mode_t>(mode)) == static_cast<mode_t>(mode);  // R_OK, W_OK, X_OK are 4, 2, 1
}

}  // namespace

ServiceUser service_user(const Options& options) {
    try {
        if (const auto uid = listener(socket_path(options))) {
            return named(*uid);
        }
    } catch (const CommandError&) {
        // A configuration that cannot be read is said elsewhere.
    }
    if (const passwd* entry = ::getpwnam("hrn")) {
        return named(entry->pw_uid);
    }
    return named(::geteuid());
}

bool may_access(const ServiceUser& user, const std::string& path, int mode) {
    if (user.uid == ::geteuid()) {
        return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
    }
    struct stat status {};
    for (std::size_t slash = path.find('/', 1); user.uid != 0 && slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        if (::stat(path.substr(0, slash).c_str(), &status) != 0 || !bits_allow(user, status, X_OK)) {
            return false;
        }
    }
    return ::stat(path.c_str(), &status) == 0 && (user.uid == 0 || bits_allow(user, status, mode));
}

}  // namespace hrn::ctl
