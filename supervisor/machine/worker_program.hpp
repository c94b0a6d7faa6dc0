// Where the worker program is (design.md 1): [workers] program, the supervisor's own folder, ../libexec/hrn
// beside it, then PATH. Looks at the file system; main thread, at start and reload.
#pragma once

#include <string>

#include "shared/config.hpp"

namespace hrn::supervisor {

struct WorkerProgram {
    std::string path;   // empty: not found
    std::string error;  // one line: what was looked for, and where
};

[[nodiscard]] WorkerProgram find_worker_program(const Config& config);

// The same with the places given, for tests.
[[nodiscard]] WorkerProgram find_worker_program(const Config& config, const std::string& own_folder,
                                                const std::string& path_variable);

}  // namespace hrn::supervisor
