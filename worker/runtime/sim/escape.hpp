// What a worker that was taken over would try, done for real by hrn-worker-sim when it is told to: the tests
// of the confinement (worker/runtime/confinement) run it in a whole worker.
//
// Called by stage threads of hrn-worker-sim only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hrn::runtime::sim {

enum class Escape : std::uint8_t {
    read,     // open a file
    write,    // make a file
    change,   // chmod a file
    connect,  // a TCP connection
    control,  // a connection to a Unix socket
    run,      // execute a program
    fork,     // a child of its own
    signal,   // signal 0 to its supervisor
    trace     // ptrace its supervisor
};

[[nodiscard]] std::optional<Escape> parse_escape(std::string_view word);
// The escapes that are about a file.
[[nodiscard]] bool takes_path(Escape escape);

// 0: it got out. Else the errno with which it was refused. A child that could be made ends at once.
[[nodiscard]] int try_escape(Escape escape, const std::string& path);

}  // namespace hrn::runtime::sim
