// The commands with which an operator changes things, on the real programs: what they do, what they answer,
// and that it holds over a restart.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;
using nlohmann::json;

std::string id_of(const Service& service, const std::string& path) {
    for (const json& task : service.ctl_json({"tasks"})) {
        if (task.at("path") == path) {
            return task.at("id");
        }
    }
    return {};
}

// A paused service with these images claimed.
void drop_paused(Service& service, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        service.drop(name, "image");
        ASSERT_TRUE(Service::eventually([&] { return !id_of(service, name).empty(); })) << name;
    }
}

// Dispatch is closed, intake is open: every device is drained.
void hold_dispatch(Service& service) {
    ASSERT_TRUE(Service::eventually([&] { return service.ctl({"device", "drain", "cpu"}).status == 0; }));
}

void restart(Service& service) {
    EXPECT_EQ(service.stop(), 0);
    service.start();
}

bool fails_as_cancelled(const Service& service, const std::string& id) {
    const json task = service.ctl_json({"show", id});
    return task.at("state") == "failed" && task.at("error").at("code") == "cancelled";
}

TEST(Cancel, AQueuedTaskHasFailedWhenTheCommandEnds) {
    Service service;
    service.start();
    hold_dispatch(service);
    drop_paused(service, {"a.jpg"});
    const std::string id = id_of(service, "a.jpg");
    const json answer = service.ctl_json({"cancel", id.substr(0, 30)});
    EXPECT_EQ(answer.at("cancelled"), json({id}));
    EXPECT_TRUE(answer.at("running").empty());
    EXPECT_TRUE(fails_as_cancelled(service, id));
    EXPECT_TRUE(files::exists(service.root() + "/spool/failed/a.jpg"));
    const json record = json::parse(read_whole(service.root() + "/spool/failed/a.jpg.error.json"));
    EXPECT_EQ(record.at("code"), "cancelled");
    EXPECT_EQ(service.ctl({"cancel", id}).status, 1) << "it is finished";
    EXPECT_EQ(service.ctl({"cancel", "ffffffff"}).status, 1) << "there is none";
}

TEST(Cancel, ARunningTaskIsNotKilledButItsResultIsDropped) {
    Service service;
    service.start();
    service.drop("slow.jpg", "hrn-sim: slow 4000\n");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running") == 1; }));
    const std::string id = id_of(service, "slow.jpg");
    const std::vector<pid_t> workers = service.worker_pids();
    EXPECT_EQ(service.ctl_json({"cancel", id}).at("running"), json({id}));
    EXPECT_EQ(service.ctl({"wait", id, "--timeout", "60"}).status, 1);
    EXPECT_TRUE(fails_as_cancelled(service, id));
    EXPECT_TRUE(service.published().empty());
    EXPECT_EQ(service.worker_pids(), workers);
    EXPECT_TRUE(Service::eventually([&] { return service.leftovers().empty(); }));
}

TEST(Cancel, OfARunningTaskHoldsEvenIfTheServiceIsKilled) {
    Service service;
    service.start();
    service.drop("slow.jpg", "hrn-sim: slow 60000\n");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running") == 1; }));
    const std::string id = id_of(service, "slow.jpg");
    ASSERT_EQ(service.ctl({"cancel", id}).status, 0);
    service.kill_supervisor();
    service.start();
    EXPECT_TRUE(Service::eventually([&] { return fails_as_cancelled(service, id); }));
    EXPECT_TRUE(service.published().empty());
}

TEST(Hold, ATaskWaitsUntilItIsReleasedOverARestartToo) {
    Service service;
    service.start();
    hold_dispatch(service);
    drop_paused(service, {"a.jpg", "b.jpg"});
    const std::string held = id_of(service, "a.jpg");
    EXPECT_EQ(service.ctl_json({"hold", held}).at("held"), json({held}));
    restart(service);
    ASSERT_EQ(service.ctl({"device", "resume", "cpu"}).status, 0);
    EXPECT_EQ(service.wait_all(), 0) << "a held task is not waited for";
    EXPECT_EQ(service.published().count("a.jpg"), 0U);
    EXPECT_EQ(service.published().count("b.jpg"), 1U);
    EXPECT_EQ(service.ctl_json({"show", held}).at("held"), true);
    EXPECT_EQ(service.ctl_json({"show", held}).at("state"), "queued");
    EXPECT_EQ(service.ctl_json({"release", held}).at("released"), json({held}));
    EXPECT_EQ(service.ctl({"wait", held, "--timeout", "20"}).status, 0);
    EXPECT_EQ(service.ctl({"hold", held}).status, 1) << "it is done";
}

TEST(Bump, ATaskOvertakesAllOthers) {
    Service service({{"scheduling", "prefetch_batches = 1"}, {"workers", "batch_size = 1"}});
    service.start();
    hold_dispatch(service);
    drop_paused(service, {"1.jpg", "2.jpg", "3.jpg", "last.jpg"});
    const std::string last = id_of(service, "last.jpg");
    EXPECT_EQ(service.ctl_json({"bump", last}).at("bumped"), json({last}));
    restart(service);
    ASSERT_EQ(service.ctl({"device", "resume", "cpu"}).status, 0);
    ASSERT_EQ(service.wait_all(), 0);
    const std::string first = service.ctl_json({"show", last}).at("finished_at");
    for (const char* name : {"1.jpg", "2.jpg", "3.jpg"}) {
        EXPECT_GE(service.ctl_json({"show", id_of(service, name)}).at("finished_at").get<std::string>(),
                  first)
            << name;
    }
}

TEST(Pause, HoldsOverAKillAndResumeEndsIt) {
    Service service;
    service.start();
    ASSERT_EQ(service.ctl({"pause"}).status, 0);
    service.kill_supervisor();
    service.start();
    EXPECT_TRUE(Service::eventually([&] { return service.status().at("state") == "paused"; }));
    EXPECT_EQ(service.ctl({"status", "--check"}).status, 1);
    service.drop("a.jpg", "image");
    ASSERT_EQ(service.ctl({"resume"}).status, 0);
    EXPECT_EQ(service.wait_all(), 0);
}

TEST(Device, ADrainedOneStaysAwayOverAKillAndSaysWhy) {
    Service service({{"workers", "per_device = 2"}});
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.worker_pids().size() == 2; }));
    const json answer = service.ctl_json({"device", "drain", "cpu", "--reason", "fan is loud"});
    EXPECT_EQ(answer.at("device"), "cpu");
    EXPECT_EQ(answer.at("workers"), json({0, 1}));
    ASSERT_TRUE(Service::eventually([&] { return service.worker_pids().empty(); }));
    service.kill_supervisor();
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.ctl_json({"workers"}).size() == 2; }));
    const json worker = service.ctl_json({"workers"}).at(0);
    EXPECT_EQ(worker.at("state"), "stopped");
    EXPECT_EQ(worker.at("drained"), true);
    EXPECT_NE(worker.at("reason").get<std::string>().find("fan is loud"), std::string::npos);
    EXPECT_EQ(service.status().at("problems").at(0).at("code"), "all_devices_drained");
    EXPECT_EQ(service.ctl({"restart-worker", "0"}).status, 1) << "its device is drained";
    EXPECT_EQ(service.ctl({"device", "drain", "7"}).status, 1) << "there is no such device";
    EXPECT_EQ(service.ctl({"device", "resume", "cpu"}).status, 0);
    service.drop("a.jpg", "image");
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_TRUE(service.status().at("problems").empty());
}

TEST(Clean, RemovesOriginalsAndFailedTasksAndNothingElse) {
    Service service;
    service.start();
    service.drop("good.jpg", "image");
    service.drop("bad.jpg", "hrn-sim: no_face\n");
    EXPECT_NE(service.wait_all(), 4);
    EXPECT_EQ(service.ctl_json({"clean", "--older-than", "1h"}).at("tasks"), 0);
    EXPECT_EQ(service.ctl_json({"clean"}).at("tasks"), 1);
    EXPECT_FALSE(files::exists(service.root() + "/spool/done/good.jpg"));
    EXPECT_TRUE(files::exists(service.root() + "/spool/failed/bad.jpg"));
    EXPECT_EQ(service.ctl_json({"clean", "--failed"}).at("tasks"), 1);
    EXPECT_TRUE(files::is_empty(service.root() + "/spool/failed"));
    EXPECT_EQ(service.published().size(), 1U);
    EXPECT_EQ(service.status().at("failed"), 0);
    EXPECT_EQ(service.status().at("done"), 1);
}

class Reload : public ::testing::Test {
protected:
    // The service's file with one more setting (or a later one of the same key).
    void set(Service& service, const std::string& section, const std::string& line) const {
        const std::string path = service.root() + "/hrn.toml";
        std::string text = read_whole(path);
        const std::string key = line.substr(0, line.find(' '));
        const std::string head = "[" + section + "]\n";
        const std::size_t begin = text.find(head);
        if (begin == std::string::npos) {
            text += head + line + "\n";
        } else {
            const std::size_t old = text.find("\n" + key + " = ", begin);
            const std::size_t end = text.find("\n[", begin);
            if (old != std::string::npos && old < end) {
                text.erase(old, text.find('\n', old + 1) - old);
            }
            text.insert(begin + head.size(), line + "\n");
        }
        std::ofstream(path) << text;
    }
};

TEST_F(Reload, SaysWhichKeysApplyNowAndWhichNeedMore) {
    Service service;
    service.start();
    set(service, "limits", "max_attempts = 7");
    set(service, "simulated", "service_ms = 2.0");
    set(service, "control", "mode = \"0600\"");
    std::map<std::string, std::string> applies;
    const json answer = service.ctl_json({"reload"});
    for (const json& change : answer.at("changes")) {
        applies[change.at("key")] = change.at("applies");
    }
    EXPECT_EQ(applies, (std::map<std::string, std::string>{{"limits.max_attempts", "now"},
                                                           {"simulated.service_ms", "new_workers"},
                                                           {"control.mode", "restart"}}));
}

TEST_F(Reload, ABadFileIsRefusedWithItsLineAndTheOldOneStaysInForce) {
    Service service;
    service.start();
    const std::string good = read_whole(service.root() + "/hrn.toml");
    std::ofstream(service.root() + "/hrn.toml", std::ios::app) << "no_such_key = 1\n";
    const auto line = std::count(good.begin(), good.end(), '\n') + 1;
    // hrn-ctl cannot read the file either: it is told where the service is.
    const Finished refused =
        run_program(bin("hrn-ctl"), {"--socket", service.root() + "/run/control.sock", "reload"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("hrn.toml:" + std::to_string(line)), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("no_such_key"), std::string::npos) << refused.err;
    EXPECT_NE(service.log().find("no_such_key"), std::string::npos);
    std::ofstream(service.root() + "/hrn.toml") << good;
    service.drop("a.jpg", "image");
    EXPECT_EQ(service.wait_all(), 0);
    EXPECT_TRUE(service.ctl_json({"reload"}).at("changes").empty());
}

TEST_F(Reload, ANewLimitAppliesToWhatIsRunning) {
    Service service({{"limits", "max_attempts = 1"}});
    service.start();
    service.drop("hang.jpg", "hrn-sim: hang\n");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running") == 1; }));
    set(service, "limits", "stage_timeout_s = 0.3");
    ASSERT_EQ(service.ctl({"reload"}).status, 0);
    const std::string id = id_of(service, "hang.jpg");
    EXPECT_EQ(service.ctl({"wait", id, "--timeout", "20"}).status, 1);
    EXPECT_EQ(service.ctl_json({"show", id}).at("error").at("code"), "timeout");
}

TEST_F(Reload, DevicesComeAndGoWhileTheServiceRuns) {
    Service service;
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return service.worker_pids().size() == 1; }));
    const pid_t first = service.worker_pids().front();
    set(service, "workers", "per_device = 3");
    ASSERT_EQ(service.ctl({"reload"}).status, 0);
    ASSERT_TRUE(Service::eventually([&] { return service.worker_pids().size() == 3; }));
    EXPECT_EQ(service.status().at("workers").size(), 3U);
    set(service, "workers", "per_device = 1");
    service.drop("slow.jpg", "hrn-sim: slow 300\n");
    ASSERT_EQ(service.ctl({"reload"}).status, 0);
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("workers").size() == 1; }));
    EXPECT_EQ(service.worker_pids(), std::vector<pid_t>{first});
    EXPECT_EQ(service.wait_all(), 0) << "whoever held it has finished it";
    set(service, "workers", "per_device = 2");
    ASSERT_EQ(service.ctl({"reload"}).status, 0);
    ASSERT_TRUE(Service::eventually([&] { return service.worker_pids().size() == 2; }));
    EXPECT_EQ(service.status().at("workers").at(1).at("index"), 1) << "the same slot again";
}

TEST(Events, AreALineEachAndEndAfterTheirCount) {
    Service service;
    service.start();
    // A file to look into while it runs; events that come before the subscription are not of interest.
    Running listener(bin("hrn-ctl"),
                     {"--config", service.root() + "/hrn.toml", "events", "task.queued", "task.done",
                      "--count", "3", "--timeout", "20"},
                     {}, service.root() + "/events");
    int dropped = 0;
    ASSERT_TRUE(Service::eventually([&] {
        service.drop(std::to_string(++dropped) + ".jpg", "image");
        return !listener.alive();
    }));
    EXPECT_EQ(listener.wait(std::chrono::seconds(5)), 0);
    std::istringstream lines(read_whole(service.root() + "/events"));
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const json event = json::parse(line);
        EXPECT_TRUE(event.at("event") == "task.queued" || event.at("event") == "task.done") << line;
        EXPECT_TRUE(event.contains("id") && event.contains("time")) << line;
    }
    EXPECT_EQ(count, 3);
}

TEST(Events, EndWithFourWhenTheTimeComesBeforeTheCount) {
    Service service;
    service.start();
    EXPECT_EQ(service.ctl({"events", "task.quarantined", "--count", "1", "--timeout", "0.2"}).status, 4);
    EXPECT_EQ(service.ctl_json({"events", "task.quarantined", "--timeout", "0.2"}), json::array());
    EXPECT_EQ(service.ctl({"events", "task.invented"}).status, 1);
}

TEST(Events, EndWithThreeWhenTheServiceEnds) {
    Service service;
    service.start();
    Running listener(bin("hrn-ctl"), {"--config", service.root() + "/hrn.toml", "events"}, {},
                     service.root() + "/events");
    int dropped = 0;
    ASSERT_TRUE(Service::eventually([&] {  // it listens
        service.drop(std::to_string(++dropped) + ".jpg", "image");
        return !read_whole(service.root() + "/events").empty();
    }));
    EXPECT_EQ(service.stop(), 0);
    EXPECT_EQ(listener.wait(std::chrono::seconds(10)), 3);
}

}  // namespace
}  // namespace hrn::test
