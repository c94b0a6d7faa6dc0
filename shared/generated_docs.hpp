// Documents that are written by a program from the tables in the code, so that they cannot disagree with it.
// hrn-docgen writes them into the source tree, a test compares. Not used by the service.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hrn {

// docs/errors.md: the errors of a task, and the exit statuses of a worker.
[[nodiscard]] std::string errors_markdown();
// docs/man/hrn.toml.5.
[[nodiscard]] std::string configuration_manual();

struct GeneratedDocument {
    std::string_view path;  // below the root of the sources
    std::string (*text)();
};
[[nodiscard]] const std::vector<GeneratedDocument>& generated_documents();

}  // namespace hrn
