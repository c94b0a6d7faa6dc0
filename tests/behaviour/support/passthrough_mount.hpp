// A folder shown once more somewhere else by a FUSE file system, as a network share shows a server's disk:
// whoever changes the folder behind it tells no inotify watch of the mount.
//
// For tests; needs root and /dev/fuse. The file system is served by a child process, so that a test may use
// its own mount; the mount ends with the object, whoever still has files of it open.
#pragma once

#include <sys/types.h>

#include <string>

namespace hrn::test {

enum class Renames {
    all_flags,
    plain_only,  // RENAME_NOREPLACE is refused with EINVAL, as by some network file systems
};

class PassthroughMount {
public:
    // False where there is no FUSE for this user: such a test is skipped.
    [[nodiscard]] static bool possible();
    // Shows `behind` at `point`; both folders exist. Throws std::runtime_error or std::system_error.
    PassthroughMount(const std::string& behind, const std::string& point, Renames renames);
    PassthroughMount(const PassthroughMount&) = delete;
    PassthroughMount& operator=(const PassthroughMount&) = delete;
    ~PassthroughMount();

private:
    void wait_until_mounted(unsigned long device_before);
    std::string point_;
    pid_t server_ = -1;
};

}  // namespace hrn::test
