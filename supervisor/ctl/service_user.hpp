// As whom the service runs, and what that user may do with a path. One thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

struct ServiceUser {
    uid_t uid = 0;
    std::vector<gid_t> groups;
    std::string name;  // or the number
};

// Of the service that answers, else "hrn" if there is such a user, else whoever asks.
[[nodiscard]] ServiceUser service_user(const Options& options);

// May the user do what `mode` (R_OK, W_OK, X_OK) says with the path, going through its parents? By the
// permission bits for another user than the asker; access control lists are seen for the asker only.
[[nodiscard]] bool may_access(const ServiceUser& user, const std::string& path, int mode);

}  // namespace hrn::ctl
