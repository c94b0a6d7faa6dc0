// Runs an attempt in a child process that has confined itself, so that the test itself stays free.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace hrn::runtime::test {

inline constexpr int kNotConfined = 200;  // the child could not confine itself
inline constexpr int kKilled = 201;       // the child did not end by itself

// The errno that `attempt` returns (0: it succeeded), after `confine` in the same child; at most 199.
inline int in_confined_child(const std::function<bool()>& confine, const std::function<int()>& attempt) {
    const pid_t child = ::fork();
    if (child == 0) {
        int result = kNotConfined;
        try {
            if (confine()) {
                result = attempt();
            }
        } catch (...) {
            result = kNotConfined;
        }
        ::_exit(result);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        return kKilled;
    }
    return WEXITSTATUS(status);
}

// For the usual calls that return -1 and set errno.
inline int error_of(long result) {
    return result < 0 ? errno : 0;
}

}  // namespace hrn::runtime::test
