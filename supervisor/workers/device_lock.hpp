// The lock that says "a worker of this device is alive" (design.md 4): a file per worker slot in runtime_dir,
// locked by flock. The worker inherits the descriptor and the supervisor closes its own, so the lock lasts
// exactly as long as the worker, even when its supervisor is gone. Loop thread; never blocks.
#pragma once

#include <optional>
#include <string>

#include "shared/unique_fd.hpp"

namespace hrn::supervisor {

// The lock, or nothing while somebody else holds it. Throws std::system_error if the file cannot be opened.
[[nodiscard]] std::optional<UniqueFd> try_device_lock(const std::string& runtime_dir,
                                                      const std::string& device, int ordinal);

}  // namespace hrn::supervisor
