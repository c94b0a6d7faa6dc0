#include "supervisor/control/peer.hpp"

#include <grp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace hrn::supervisor {

Peer peer_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        throw std::system_error(errno, std::generic_category(), "getsockopt(SO_PEERCRED)");
    }
    Peer peer{credentials.uid, credentials.gid, credentials.pid, {}};
    // ERANGE tells how many there are; kernels without it (ENOPROTOOPT) leave the primary group only.
    size = 0;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size) != 0 && errno == ERANGE) {
        peer.groups.resize(size / sizeof(gid_t));
        if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &size) != 0) {
            peer.groups.clear();
        }
    }
    return peer;
}

bool may_change(const Peer& peer, uid_t own_uid, std::optional<gid_t> control_group) {
    if (peer.uid == 0 || peer.uid == own_uid) {
        return true;
    }
    return control_group && (peer.gid == *control_group || std::find(peer.groups.begin(), peer.groups.end(),
                                                                     *control_group) != peer.groups.end());
}

std::optional<gid_t> group_number(const std::string& name) {
    if (name.empty()) {
        return std::nullopt;
    }
    const group* found = ::getgrnam(name.c_str());
    return found != nullptr ? std::optional(found->gr_gid) : std::nullopt;
}

}  // namespace hrn::supervisor
