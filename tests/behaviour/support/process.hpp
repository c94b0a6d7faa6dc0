// Runs one of the project's programs and waits for it, or keeps it running: posix_spawn with output captured.
// For tests only; one thread. A program that cannot be started throws std::system_error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace hrn::test {

struct Finished {
    int status = 0;  // exit status, or 128 + signal
    std::string out;
    std::string err;
};

// Runs to its end (killed after `limit`, which then throws) with stdin from /dev/null.
[[nodiscard]] Finished run_program(const std::string& program, const std::vector<std::string>& arguments,
                                   const std::vector<std::string>& extra_environment = {},
                                   std::chrono::seconds limit = std::chrono::seconds(120));

// A program left running; killed with SIGKILL and reaped on destruction if it still runs.
class Running {
public:
    Running() = default;
    Running(const std::string& program, const std::vector<std::string>& arguments,
            const std::vector<std::string>& extra_environment, const std::string& log_file);
    Running(Running&& other) noexcept;
    Running& operator=(Running&& other) noexcept;
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running();

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool alive();
    void signal(int number) const;
    // Exit status as in Finished; throws std::runtime_error if it has not ended in time.
    int wait(std::chrono::milliseconds limit);

private:
    void kill_and_reap();
    pid_t pid_ = -1;
    int status_ = -1;
};

// A line of /proc/PID/status that is given in kB, such as "VmRSS:" (resident) or "VmHWM:" (its peak); 0 when
// there is none.
[[nodiscard]] long status_kilobytes(pid_t pid, const std::string& key);
// What a limit of resident memory becomes in this build: a sanitizer's shadow takes several times the
// program's.
[[nodiscard]] constexpr long with_shadow(long kilobytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 8 * kilobytes;
#else
    return kilobytes;
#endif
}

}  // namespace hrn::test
