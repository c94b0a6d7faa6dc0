// journald's native socket: a datagram a message, with fields (systemd's JOURNAL_NATIVE_PROTOCOL). Owned by
// log.cpp. Spoken here because it is twenty lines, and because the workers must not need libsystemd.
#pragma once

#include <string_view>

#include "shared/unique_fd.hpp"

namespace hrn::log {

// A connected socket if stderr goes to the journal (JOURNAL_STREAM names its device and inode), else an
// empty descriptor: then "<N>" lines on stderr do the same without fields.
[[nodiscard]] UniqueFd connect_journal();
// False: not sent; nothing of it was written.
[[nodiscard]] bool send_to_journal(int socket, std::string_view datagram);

}  // namespace hrn::log
