// What scripts rely on, for every command (design.md 10): exit statuses, and with --json one document with
// stable keys.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

using nlohmann::json;
using Command = std::vector<std::string>;

// Every command that asks a running service; ID stands for the id of a task.
const std::vector<Command>& commands_that_ask() {
    static const std::vector<Command> all = {{"status"},
                                             {"status", "--check"},
                                             {"workers"},
                                             {"gpus"},
                                             {"tasks"},
                                             {"show", "ID"},
                                             {"wait", "--timeout", "30"},
                                             {"wait", "ID", "--timeout", "30"},
                                             {"stats"},
                                             {"stats", "--since", "1h"},
                                             {"retry", "--failed"},
                                             {"retry", "ID"},
                                             {"cancel", "ID"},
                                             {"hold", "ID"},
                                             {"release", "ID"},
                                             {"bump", "ID"},
                                             {"clean", "--older-than", "1h"},
                                             {"pause"},
                                             {"resume"},
                                             {"drain"},
                                             {"reload"},
                                             {"restart-worker", "0"},
                                             {"device", "drain", "cpu"},
                                             {"device", "resume", "cpu"},
                                             {"events", "--timeout", "0.1"},
                                             {"top", "--count", "1"},
                                             {"report", "-o", "REPORT"}};
    return all;
}

Command filled(Command command, const std::string& id, const Service& service) {
    std::replace(command.begin(), command.end(), std::string("ID"), id);
    std::replace(command.begin(), command.end(), std::string("REPORT"), service.root() + "/report.html");
    return command;
}

std::string text_of(const Command& command) {
    std::string text;
    for (const std::string& word : command) {
        text += word + " ";
    }
    return text;
}

TEST(Contract, WithoutASupervisorEveryCommandThatAsksOneEndsWithThree) {
    const Service service;
    for (const Command& command : commands_that_ask()) {
        const Finished finished = service.ctl(filled(command, "0192abcd", service));
        EXPECT_EQ(finished.status, 3) << text_of(command) << finished.err;
        EXPECT_FALSE(finished.err.empty()) << text_of(command);
    }
}

TEST(Contract, AWrongConfigurationEndsEveryCommandWithTwoAndNamesTheLine) {
    const Service service;
    const std::string wrong = service.root() + "/wrong.toml";
    std::ofstream(wrong) << "[spool]\nsettle_millis = 5\n";
    std::vector<Command> all = commands_that_ask();
    all.push_back({"submit", "/nowhere.jpg"});
    for (const Command& command : all) {
        Command typed = filled(command, "0192abcd", service);
        typed.insert(typed.begin(), {"--config", wrong});
        const Finished finished = run_program(bin("hrn-ctl"), typed);
        EXPECT_EQ(finished.status, 2) << text_of(command);
        EXPECT_NE(finished.err.find("wrong.toml:2"), std::string::npos) << text_of(command) << finished.err;
    }
}

// Some of these are refused for a task that is done (1); none ends in another way.
TEST(Contract, EveryCommandAnswersWithOneJsonDocument) {
    Service service;
    service.start();
    service.drop("a.jpg", "image");
    ASSERT_EQ(service.wait_all(), 0);
    const std::string id = service.ctl_json({"tasks"}).at(0).at("id");
    const std::vector<Command> refused = {{"retry", "ID"}, {"cancel", "ID"},  {"hold", "ID"},
                                          {"bump", "ID"},  {"release", "ID"}, {"status", "--check"}};
    for (const Command& command : commands_that_ask()) {
        Command typed = filled(command, id, service);
        typed.emplace_back("--json");
        const Finished finished = service.ctl(typed);
        const bool may_be_refused = std::find(refused.begin(), refused.end(), command) != refused.end();
        if (may_be_refused && finished.status == 1 && finished.out.empty()) {
            EXPECT_FALSE(finished.err.empty()) << text_of(command);
            continue;
        }
        EXPECT_TRUE(finished.status == 0 || may_be_refused) << text_of(command) << finished.err;
        EXPECT_TRUE(json::accept(finished.out)) << text_of(command) << finished.out;
        ASSERT_EQ(service.ctl({"resume"}).status, 0) << "after pause and drain";
    }
}

void expect_task_keys(const json& task) {
    for (const char* key : {"id", "path", "state", "attempts", "worker", "device", "error", "history",
                            "result_dir", "seconds"}) {
        EXPECT_TRUE(task.contains(key)) << key << " of " << task.dump();
    }
    if (!task.at("error").is_null()) {
        for (const char* key : {"code", "class", "message", "signal", "stage"}) {
            EXPECT_TRUE(task.at("error").contains(key)) << key << " of " << task.dump();
        }
    }
}

TEST(Contract, ATaskHasItsKeysInEveryState) {
    Service service({{"limits", "max_attempts = 1"}, {"workers", "batch_size = 1"}});
    service.start();
    service.drop("done.jpg", "image");
    service.drop("failed.jpg", "hrn-sim: no_face\n");
    service.drop("quarantined.jpg", "hrn-sim: crash\n");
    EXPECT_LE(service.wait_all(), 1);  // 0 if it had failed before the wait began
    service.drop("running.jpg", "hrn-sim: slow 600000\n");
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("running") == 1; }));
    service.drop("queued.jpg", "image");
    ASSERT_TRUE(Service::eventually([&] { return service.ctl_json({"tasks"}).size() == 5; }));
    const std::string last = service.ctl_json({"tasks"}).at(0).at("id");
    ASSERT_EQ(service.ctl_json({"show", last}).at("path"), "queued.jpg") << "the newest comes first";
    for (const json& task : service.ctl_json({"tasks"})) {
        expect_task_keys(task);
        const json shown = service.ctl_json({"show", task.at("id").get<std::string>()});
        expect_task_keys(shown);
        const std::string state = shown.at("state");
        // Given ahead to a busy worker, it may be called running before it is.
        EXPECT_TRUE(shown.at("path") == state + ".jpg" || shown.at("path") == "queued.jpg") << shown.dump();
        EXPECT_EQ(shown.at("error").is_null(), state != "failed" && state != "quarantined") << shown.dump();
        EXPECT_EQ(shown.at("result_dir").is_null(), state != "done") << shown.dump();
        for (const char* listed : {"queued", "running", "done", "failed", "quarantined"}) {
            const json list = service.ctl_json({"tasks", "--state", listed});
            const bool is_there = std::any_of(list.begin(), list.end(),
                                              [&](const json& one) { return one.at("id") == task.at("id"); });
            EXPECT_EQ(is_there, state == listed) << state << " in the list of " << listed;
        }
    }
}

TEST(Contract, TasksAndEventsComeALineEachWithJsonLines) {
    Service service;
    service.start();
    Running listener(bin("hrn-ctl"),
                     {"--config", service.root() + "/hrn.toml", "events", "task.done", "--count", "2",
                      "--timeout", "60", "--json-lines"},
                     {}, service.root() + "/events");
    int dropped = 0;
    ASSERT_TRUE(Service::eventually([&] {
        service.drop(std::to_string(++dropped) + ".jpg", "image");
        return !listener.alive();
    }));
    ASSERT_EQ(service.wait_all(), 0);
    const std::string tasks = service.ctl({"tasks", "--json-lines", "--limit", "0"}).out;
    EXPECT_EQ(std::count(tasks.begin(), tasks.end(), '\n'), dropped);
    std::istringstream lines(tasks + read_whole(service.root() + "/events"));
    for (std::string line; std::getline(lines, line);) {
        EXPECT_TRUE(json::parse(line).is_object()) << line;
    }
}

TEST(Contract, TheSocketIsFoundThroughTheOptionsAndTheEnvironment) {
    Service service;
    service.start();
    const std::string config = service.root() + "/hrn.toml";
    const std::string socket = service.root() + "/run/control.sock";
    EXPECT_EQ(run_program(bin("hrn-ctl"), {"--config", config, "status"}).status, 0);
    EXPECT_EQ(run_program(bin("hrn-ctl"), {"--socket", socket, "status"}).status, 0);
    EXPECT_EQ(run_program(bin("hrn-ctl"), {"status"}, {"HRN_SOCKET=" + socket}).status, 0);
    EXPECT_EQ(run_program(bin("hrn-ctl"), {"status"}, {"HRN_CONFIG=" + config}).status, 0);
}

TEST(Contract, AWaitedForTaskThatFailedEndsWithOne) {
    Service service;
    service.start();
    std::ofstream(service.root() + "/beside/bad.jpg") << "hrn-sim: no_face\n";
    std::ofstream(service.root() + "/beside/good.jpg") << "image";
    EXPECT_EQ(service.ctl({"submit", "--wait", service.root() + "/beside/bad.jpg"}).status, 1);
    EXPECT_EQ(service.ctl({"submit", "--wait", service.root() + "/beside/good.jpg"}).status, 0);
    for (const json& task : service.ctl_json({"tasks"})) {
        const int expected = task.at("path") == "bad.jpg" ? 1 : 0;
        EXPECT_EQ(service.ctl({"wait", task.at("id").get<std::string>()}).status, expected) << task.dump();
    }
}

}  // namespace
}  // namespace hrn::test
