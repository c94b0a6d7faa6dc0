// `hrn-ctl report -o FILE.html`: one page that stands by itself (no scripts, nothing loaded) about the
// service as it is now: state, problems, devices with times by stage, workers, the latest failures.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"

namespace hrn::ctl {

// Throws NoSupervisor, RequestFailed; CommandError(failed) when the file cannot be written.
[[nodiscard]] Exit report(const Options& options, const Console& console);

// What the page is made of: answers to status, workers, stats and tasks.
struct ReportFacts {
    const nlohmann::json& status;
    const nlohmann::json& workers;
    const nlohmann::json& stats;
    const nlohmann::json& failures;
    std::string time;  // when it was asked
};
[[nodiscard]] std::string report_html(const ReportFacts& facts);

}  // namespace hrn::ctl
