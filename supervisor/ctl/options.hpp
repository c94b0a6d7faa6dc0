// The command line of hrn-ctl, parsed: which command, with what. CLI11 stays behind options.cpp.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/ctl/bench/bench_options.hpp"
#include "supervisor/ctl/exit_status.hpp"

namespace hrn::ctl {

enum class Transfer { copy, move, link };

struct Options {
    std::string command;  // "status", …
    std::optional<std::string> config, socket;
    bool json = false;
    bool json_lines = false;  // tasks, events

    bool check = false;                                // status
    std::optional<std::string> state, after;           // tasks
    long limit = 100;                                  // tasks; 0: all
    std::vector<std::string> ids;                      // show, wait, retry, cancel, hold, release, bump
    std::vector<std::string> paths;                    // submit
    bool recursive = false, wait = false;              // submit
    Transfer transfer = Transfer::copy;                // submit
    std::optional<std::chrono::milliseconds> timeout;  // wait, submit --wait, events
    bool failed = false;                               // retry, clean
    std::optional<int> worker;                         // restart-worker
    bool all = false;                                  // restart-worker
    std::optional<std::string> since;                  // stats
    std::optional<std::string> older_than;             // clean
    std::string action, device;                        // device: "drain" or "resume", and which
    std::optional<std::string> reason;                 // device drain
    std::vector<std::string> events;                   // events: only these
    long count = 0;                                    // events, top: end after so many; 0: never
    std::chrono::milliseconds interval{1000};          // top
    std::string output;                                // report
    BenchOptions bench;
    PlanOptions plan;
};

// `arguments` without the program's name. Throws CommandError: status usage with the complaint, or done with
// the help text that was asked for.
[[nodiscard]] Options parse_options(std::vector<std::string> arguments);
// "2026-11-24T08:00:00Z" as it is; "90s", "15m", "2h", "1d" before now; nothing for anything else.
[[nodiscard]] std::optional<std::string> since_time(const std::string& text, long long now_ms);
// Every command with its line of help, for documentation and its test.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> command_list();

}  // namespace hrn::ctl
