// Policies, taking back and fairness in a whole service with simulated workers.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

void drop_many(const Service& service, const std::string& folder, int count,
               const std::string& bytes = "image") {
    for (int i = 0; i < count; ++i) {
        service.drop(folder + std::to_string(i) + ".jpg", bytes);
    }
}

// Which worker computed how many.
std::map<int, int> results_by_worker(const Service& service) {
    std::map<int, int> counts;
    for (const auto& [name, result] : service.published()) {
        ++counts[result.at("worker").get<int>()];
    }
    return counts;
}

void change_config(const Service& service, const std::string& from, const std::string& to) {
    const std::string path = service.root() + "/hrn.toml";
    std::string text = read_whole(path);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, from.size(), to);
    std::ofstream(path) << text;
}

// Its process id; 0 while there is none.
pid_t estimator_of(const Service& service) {
    const nlohmann::json estimator = service.ctl_json({"stats"}).at("estimator");
    return estimator.is_object() && estimator.at("pid").is_number() ? estimator.at("pid").get<pid_t>() : 0;
}

// Two workers, of which the first is held by one long task with others given ahead.
TEST(TakeBack, WhatABusyWorkerHasNotBegunGoesToAnIdleOne) {
    Service service({{"workers", "per_device = 2"}, {"simulated", "service_ms = 1.0"}});
    service.start();
    ASSERT_EQ(service.ctl({"pause"}).status, 0);
    service.drop("long-a.jpg", "hrn-sim: slow 4000\n");
    drop_many(service, "short-", 7);
    ASSERT_EQ(service.ctl({"resume"}).status, 0);
    // All but the long one end while that one is still computed.
    EXPECT_TRUE(Service::eventually([&] {
        const nlohmann::json status = service.status();
        return status.at("done") == 7 && status.at("running") == 1;
    }));
    ASSERT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.published().size(), 8U);
    for (const auto& [name, result] : service.published()) {
        EXPECT_EQ(result.at("attempts"), 1) << name;
    }
    EXPECT_TRUE(service.leftovers().empty());
}

// A worker killed while tasks are on their way back: every instant between asking and answering, by chance.
TEST(TakeBack, AWorkerThatIsKilledMeanwhileLosesNoTaskAndChargesNone) {
    Service service({{"workers", "per_device = 3"}, {"simulated", "service_ms = 4.0"}});
    service.start();
    std::size_t dropped = 0;
    for (int round = 0; round < 12; ++round) {
        const std::string prefix = "round-" + std::to_string(round) + "-";
        service.drop(prefix + "long.jpg", "hrn-sim: slow 60\n");
        drop_many(service, prefix, 8);
        dropped += 9;
        ASSERT_TRUE(Service::eventually([&] { return service.status().at("queued").get<int>() == 0; }));
        const nlohmann::json workers = service.status().at("workers");
        for (const nlohmann::json& worker : workers) {
            if (!worker.at("task_ids").empty() && worker.at("pid").is_number()) {
                ::kill(worker.at("pid").get<pid_t>(), SIGKILL);
                break;
            }
        }
    }
    ASSERT_EQ(service.wait_all(), 0);
    const auto results = service.published();
    EXPECT_EQ(results.size(), dropped);
    for (const auto& [name, result] : results) {
        EXPECT_EQ(result.at("attempts"), 1) << name;
    }
    EXPECT_EQ(service.status().at("failed"), 0);
    EXPECT_TRUE(service.leftovers().empty());
}

TEST(Policies, AReloadSwitchesToStaticSharesAndBack) {
    Service service({{"workers", "per_device = 2"},
                     {"simulated", "service_ms = 10.0"},
                     {"simulated", "distribution = \"constant\""},
                     {"simulated", "speeds = [1.0, 0.1]"},
                     {"scheduling", "policy = \"dynamic\""}});
    service.start();
    ASSERT_TRUE(Service::eventually([&] {
        const nlohmann::json workers = service.status().at("workers");
        return std::all_of(workers.begin(), workers.end(),
                           [](const nlohmann::json& worker) { return worker.at("state") == "ready"; });
    }));
    change_config(service, "policy = \"dynamic\"", "policy = \"static\"");
    service.supervisor().signal(SIGHUP);
    ASSERT_TRUE(
        Service::eventually([&] { return service.log().find("scheduling.policy") != std::string::npos; }));
    drop_many(service, "static-", 20);
    ASSERT_EQ(service.wait_all(), 0);
    const auto shares = results_by_worker(service);
    EXPECT_EQ(shares.at(0), 10);
    EXPECT_EQ(shares.at(1), 10) << "static: the slow worker gets as many as the fast one";

    change_config(service, "policy = \"static\"", "policy = \"dynamic\"");
    service.supervisor().signal(SIGHUP);
    drop_many(service, "dynamic-", 60);
    ASSERT_EQ(service.wait_all(), 0);
    const auto all = results_by_worker(service);
    EXPECT_GT(all.at(0), all.at(1) + 20) << "dynamic: the fast worker gets more";
}

TEST(Policies, ComplexityAsksTheEstimatorAndTakesTheDearestFirst) {
    Service service({{"workers", "per_device = 1"},
                     {"simulated", "service_ms = 20.0"},
                     {"simulated", "distribution = \"lognormal\""},
                     {"simulated", "sigma = 1.0"},
                     {"simulated", "estimate_noise = 0.0"},
                     {"scheduling", "policy = \"complexity\""}});
    service.start();
    ASSERT_EQ(service.ctl({"pause"}).status, 0);
    drop_many(service, "", 60);
    ASSERT_EQ(service.ctl({"resume"}).status, 0);
    ASSERT_EQ(service.wait_all(), 0);
    const nlohmann::json stats = service.ctl_json({"stats"});
    EXPECT_GE(stats.at("estimator").at("answered").get<int>(), 30);
    const nlohmann::json& quality = stats.at("devices").at(0).at("predictions");
    ASSERT_GT(quality.at("count").get<int>(), 0);
    EXPECT_LT(quality.at("cost_error").get<double>(), quality.at("mean_error").get<double>());
}

TEST(Policies, ADeadEstimatorCostsNoTaskAnything) {
    Service service({{"workers", "per_device = 1"},
                     {"simulated", "service_ms = 10.0"},
                     {"scheduling", "policy = \"complexity\""}});
    service.start();
    drop_many(service, "first-", 20);
    ASSERT_TRUE(Service::eventually([&] { return estimator_of(service) != 0; }));
    const pid_t estimator = estimator_of(service);
    ASSERT_EQ(::kill(estimator, SIGKILL), 0);
    drop_many(service, "second-", 20);
    ASSERT_EQ(service.wait_all(), 0);
    EXPECT_EQ(service.status().at("done"), 40);
    for (const auto& [name, result] : service.published()) {
        EXPECT_EQ(result.at("attempts"), 1) << name;
    }
    EXPECT_TRUE(Service::eventually([&] {
        const pid_t now = estimator_of(service);
        return now != 0 && now != estimator;
    })) << "it is started again";
}

// 400 bulk images are claimed or wait, then one photo of the web site comes.
TEST(Fairness, AnUrgentPhotoOvertakesABulkFolder) {
    Service service({{"workers", "per_device = 1"},
                     {"spool", "active_limit = 50"},
                     {"simulated", "service_ms = 20.0"},
                     {"simulated", "distribution = \"constant\""},
                     {"scheduling", "classes = [{folder = \"web\", weight = 1, priority = 1}]"}});
    service.start();
    drop_many(service, "bulk/", 400);
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("done").get<int>() >= 5; }));
    service.drop("web/photo.jpg", "image");
    int done_then = 0;
    ASSERT_TRUE(Service::eventually([&] {
        done_then = service.status().at("done").get<int>();
        return service.published().contains("web/photo.jpg");
    }));
    EXPECT_LT(done_then, 200) << "it did not wait for the bulk folder's claimed and waiting images";
}

}  // namespace
}  // namespace hrn::test
