#include "supervisor/ctl/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hrn::ctl {
namespace {

const nlohmann::json kStatus = {
    {"state", "degraded"},
    {"intake", "open"},
    {"uptime_seconds", 90},
    {"done", 12},
    {"failed", 1},
    {"problems",
     {{{"code", "device_down"}, {"text", "worker 0 <cpu> is down"}, {"since", "2026-11-24T08:00:00Z"}}}}};
const nlohmann::json kWorkers = {{{"index", 0}, {"device", "cpu"}, {"state", "down"}, {"completed", 12}}};
const nlohmann::json kStats = {
    {"since", "2026-11-24T08:00:00Z"},
    {"policy", "dynamic"},
    {"devices",
     {{{"device", "cpu"},
       {"completed", 12},
       {"mean_seconds", 0.5},
       {"stages", {{"infer", {{"count", 12}, {"mean", 0.4}, {"p50", 0.4}, {"p95", 0.5}, {"p99", 0.6}}}}}}}}};
const nlohmann::json kFailures = {{{"path", "a<script>.jpg"},
                                   {"id", "0192"},
                                   {"attempts", 3},
                                   {"error", {{"code", "no_face"}, {"message", "no face & nothing"}}}}};

std::string page() {
    return report_html({kStatus, kWorkers, kStats, kFailures, "2026-11-24 09:00:00"});
}

TEST(Report, ShowsStateProblemsDevicesWorkersAndFailures) {
    const std::string html = page();
    for (const char* part :
         {"degraded", "device_down", "no_face", ">cpu<", "0.4", "<svg", "policy dynamic"}) {
        EXPECT_NE(html.find(part), std::string::npos) << part;
    }
}

TEST(Report, LetsNoNameBecomeMarkup) {
    const std::string html = page();
    EXPECT_EQ(html.find("<script>"), std::string::npos);
    EXPECT_NE(html.find("a&lt;script&gt;.jpg"), std::string::npos);
    EXPECT_NE(html.find("no face &amp; nothing"), std::string::npos);
}

TEST(Report, LoadsNothing) {
    const std::string html = page();
    EXPECT_EQ(html.find("src="), std::string::npos);
    EXPECT_EQ(html.find("href="), std::string::npos);
}

TEST(Report, StandsWithAServiceThatSaysNothing) {
    const nlohmann::json nothing;
    const std::string html = report_html({nothing, nothing, nothing, nothing, "now"});
    EXPECT_TRUE(html.ends_with("</html>\n"));
}

}  // namespace
}  // namespace hrn::ctl
