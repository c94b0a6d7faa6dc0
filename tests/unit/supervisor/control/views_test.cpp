// The keys that scripts rely on, from a service that has not started yet.
#include "supervisor/control/views.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "supervisor/control/metrics_page.hpp"
#include "supervisor/control/stats_view.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

class ViewsTest : public testing::Test {
protected:
    boost::asio::io_context io_;
    Supervisor supervisor_{io_, default_config(), "/nowhere/hrn.toml"};
};

TEST_F(ViewsTest, StatusHasTheKeysOfTheContract) {
    const nlohmann::json status = status_view(supervisor_);
    for (const char* key :
         {"state", "intake", "problems", "waiting", "queued", "running", "held", "done", "failed",
          "quarantined", "ignored", "workers", "throughput", "uptime_seconds", "pid"}) {
        EXPECT_TRUE(status.contains(key)) << key;
    }
    EXPECT_EQ(status.at("state"), "starting");
    EXPECT_EQ(status.at("intake"), "closed");
    EXPECT_TRUE(status.at("problems").empty());
}

TEST_F(ViewsTest, StatsSayFromWhenOnTheyCount) {
    const nlohmann::json stats = stats_view(supervisor_, std::nullopt);
    EXPECT_TRUE(parse_utc_time(stats.at("since").get<std::string>()));
    EXPECT_TRUE(stats.at("devices").is_array());
    // Nothing is older than the service, whatever is asked for.
    EXPECT_EQ(stats_view(supervisor_, 0).at("devices"), stats.at("devices"));
}

TEST_F(ViewsTest, ATaskThatDoesNotRunIsLeftAsStorageTellsIt) {
    nlohmann::json task = {{"id", "01a20cd2-2252-723e-aaf2-56191e701fc5"}, {"state", "done"}};
    const nlohmann::json before = task;
    overlay_task(supervisor_, task);
    EXPECT_EQ(task, before);
    nlohmann::json nonsense = {{"id", 5}};
    overlay_task(supervisor_, nonsense);
    EXPECT_EQ(nonsense, (nlohmann::json{{"id", 5}}));
}

TEST_F(ViewsTest, TheMetricsPageHasTheTotalsAndTheState) {
    const std::string page = metrics_page(supervisor_);
    EXPECT_NE(page.find("hrn_tasks{state=\"done\"} 0"), std::string::npos) << page;
    EXPECT_NE(page.find("hrn_service_state{state=\"starting\"} 1"), std::string::npos);
    EXPECT_NE(page.find("# TYPE hrn_worker_deaths_total counter"), std::string::npos);
}

}  // namespace
}  // namespace hrn::supervisor
