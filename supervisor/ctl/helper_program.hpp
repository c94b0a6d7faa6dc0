// Runs one of the project's other programs and reads what it says. One thread; blocks for at most the limit.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace hrn::ctl {

struct HelperAnswer {
    int status = 0;  // exit status, or 128 + signal; 124: it was killed because it took too long
    std::string out, err;
};

// In the folder of this program, in ../libexec/hrn beside it, or in PATH; nothing if it is nowhere.
[[nodiscard]] std::optional<std::string> find_helper(const std::string& name);
// Throws std::system_error if it cannot be started.
[[nodiscard]] HelperAnswer run_helper(const std::string& program, const std::vector<std::string>& arguments,
                                      std::chrono::seconds limit);

}  // namespace hrn::ctl
