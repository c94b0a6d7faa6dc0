// One supervisor per folder: an exclusive lock on FOLDER/.lock, with the holder's pid in the file. Held by
// the storage thread for the life of the process; never inherited (close-on-exec); the kernel gives it back
// whatever kills us.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

#include "shared/unique_fd.hpp"

namespace hrn::supervisor::storage {

// Somebody else holds it: exit 1, the text names the pid.
class LockHeld : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Waits up to `patience` for another holder, asking `give_up` meanwhile. Throws LockHeld, FsError.
// `folder` is only for the message.
[[nodiscard]] UniqueFd take_lock(int directory, const std::string& folder, std::chrono::milliseconds patience,
                                 const std::function<bool()>& give_up);

}  // namespace hrn::supervisor::storage
