// Who is at the other end of a control connection, as the kernel says (SO_PEERCRED, SO_PEERGROUPS), and
// whether he may change things: root, the service's own user, members of [control] group (design.md 10).
// Loop thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace hrn::supervisor {

struct Peer {
    uid_t uid = static_cast<uid_t>(-1);
    gid_t gid = static_cast<gid_t>(-1);
    pid_t pid = 0;
    std::vector<gid_t> groups;
};

// Throws std::system_error if the kernel does not say.
[[nodiscard]] Peer peer_of(int socket);
[[nodiscard]] bool may_change(const Peer& peer, uid_t own_uid, std::optional<gid_t> control_group);
// The group's number; nothing if `name` is empty or there is no such group. May read /etc/group: at start.
[[nodiscard]] std::optional<gid_t> group_number(const std::string& name);

}  // namespace hrn::supervisor
