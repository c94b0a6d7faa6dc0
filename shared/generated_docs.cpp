#include "shared/generated_docs.hpp"

#include <array>

#include "shared/config.hpp"
#include "shared/error_code.hpp"
#include "shared/worker_launch.hpp"

namespace hrn {
namespace {

struct ClassHelp {
    ErrorClass error_class;
    std::string_view help;
};
constexpr std::array<ClassHelp, 4> kClasses = {{
    {ErrorClass::permanent, "The image's or the user's: recorded at once, not tried again by itself."},
    {ErrorClass::retry,
     "May go better next time: tried again after a backoff, until `limits.max_attempts` attempts are "
     "charged."},
    {ErrorClass::device,
     "A worker died or its device did. The task that was to blame is charged, the others are given to other\n"
     "workers and cost nobody an attempt; see [design/culprit.md](design/culprit.md)."},
    {ErrorClass::operator_,
     "The machine's or the installation's: no attempt is charged, intake and dispatch pause, the condition "
     "is\n"
     "a `problem` in `hrn-ctl status`, and the service goes on by itself once it is mended."},
}};

}  // namespace

std::string errors_markdown() {
    std::string out =
        "# Errors of a task\n\n"
        "A task that fails bears one of these codes: in `hrn-ctl show`, in `failed/.../NAME.error.json`, in "
        "the log.\n"
        "Scripts may rely on the codes. `hrn-ctl retry ID` queues a failed task again.\n\n"
        "Generated from the table in `shared/error_code.cpp` by `hrn-docgen`; a test compares.\n";
    for (const ClassHelp& one : kClasses) {
        out.append("\n## ").append(error_class_name(one.error_class)).append("\n\n").append(one.help);
        out += "\n\n| code | what happened, what to do |\n| --- | --- |\n";
        for (const ErrorRow& row : error_table()) {
            if (row.error_class == one.error_class && row.code != ErrorCode::none) {
                out.append("| `").append(row.name).append("` | ").append(row.sentence).append(" |\n");
            }
        }
    }
    out +=
        "\n# Exit statuses of a worker\n\n"
        "Seen in the supervisor's log. *Failure* counts towards `restart.max_failures`; *permanent* gives "
        "the device\n"
        "up at once, until the next probe.\n\n"
        "| status | name | meaning | failure | permanent |\n| --- | --- | --- | --- | --- |\n";
    for (const WorkerExitRow& row : worker_exit_table()) {
        out.append("| ").append(std::to_string(static_cast<int>(row.status))).append(" | `").append(row.name);
        out.append("` | ").append(row.sentence).append(" | ").append(row.counts_as_failure ? "yes" : "no");
        out.append(" | ").append(row.permanent ? "yes" : "no").append(" |\n");
    }
    return out;
}

const std::vector<GeneratedDocument>& generated_documents() {
    static const std::vector<GeneratedDocument> documents = {
        {"config/hrn.toml", &example_toml},
        {"docs/configuration.md", &configuration_markdown},
        {"docs/errors.md", &errors_markdown},
        {"docs/man/hrn.toml.5", &configuration_manual},
    };
    return documents;
}

}  // namespace hrn
