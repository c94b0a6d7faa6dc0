// hrn-ctl's exit statuses (design.md 10) and the two ways to end with one that is not 0.
#pragma once

#include <stdexcept>
#include <string>

namespace hrn::ctl {

enum class Exit : int {
    done = 0,
    failed = 1,         // the request failed; a waited-for task failed; status --check: not healthy
    usage = 2,          // usage or configuration
    no_supervisor = 3,  // none answers
    timeout = 4,
};

// Ends the command: one line for stderr, and the status.
class CommandError : public std::runtime_error {
public:
    CommandError(Exit status, const std::string& message) : std::runtime_error(message), status_(status) {}
    [[nodiscard]] Exit status() const { return status_; }

private:
    Exit status_;
};

}  // namespace hrn::ctl
