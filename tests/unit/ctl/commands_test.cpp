// Each command against a supervisor that answers as docs/control-protocol.md says: what is asked, what is
// shown, how it ends.
#include "tests/unit/ctl/ctl_fixture.hpp"

#include <fstream>

namespace hrn::ctl {
namespace {

using nlohmann::json;
using test::FakeSupervisor;
using test::ok;
using test::refused;

class CtlCommands : public test::CtlTest {
protected:
    static json healthy_status() {
        return {{"state", "running"},
                {"intake", "open"},
                {"problems", json::array()},
                {"waiting", 12},
                {"queued", 3},
                {"running", 2},
                {"held", 0},
                {"done", 1234},
                {"failed", 1},
                {"quarantined", 0},
                {"ignored", 4},
                {"uptime_seconds", 7980.5},
                {"throughput", {{"per_second", 0.81}, {"window_seconds", 60}}},
                {"workers",
                 {{{"index", 0},
                   {"device", "GPU-12345678-1234-1234-1234-123456789012"},
                   {"pid", 4711},
                   {"state", "busy"},
                   {"restarts", 1},
                   {"task_ids", {"a", "b"}},
                   {"completed", 617},
                   {"failed", 1},
                   {"busy_seconds", 500.0},
                   {"mean_seconds", 0.81},
                   {"utilization", 0.63}}}}};
    }
    static json task(const std::string& id, const std::string& state) {
        return {{"id", id},
                {"path", "album/x\n.jpg"},
                {"state", state},
                {"held", false},
                {"attempts", 1},
                {"worker", nullptr},
                {"device", nullptr},
                {"error", nullptr},
                {"history", json::array()},
                {"result_dir", nullptr},
                {"seconds", nullptr}};
    }
    void expect_eighty_columns() const {
        std::istringstream lines(out());
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(line.size(), 80U) << line;
        }
    }
};

TEST_F(CtlCommands, WithoutASupervisorEveryRequestEndsWithThree) {
    for (const std::vector<std::string>& command : {std::vector<std::string>{"status"},
                                                    {"workers"},
                                                    {"gpus"},
                                                    {"tasks"},
                                                    {"show", "0192"},
                                                    {"wait"},
                                                    {"retry", "--failed"},
                                                    {"pause"},
                                                    {"resume"},
                                                    {"drain"},
                                                    {"restart-worker", "--all"},
                                                    {"stats"}}) {
        EXPECT_EQ(ctl(command), 3) << command.front();
        EXPECT_NE(err().find("no supervisor answers at " + socket_), std::string::npos) << err();
    }
}

TEST_F(CtlCommands, ASupervisorThatHangsUpCountsAsNone) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return std::nullopt; });
    EXPECT_EQ(ctl({"status"}), 3);
}

TEST_F(CtlCommands, SomethingElseOnTheSocketCountsAsNone) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return json("hello"); });
    EXPECT_EQ(ctl({"status"}), 3);
    EXPECT_NE(err().find("no hrn-supervisor"), std::string::npos);
}

TEST_F(CtlCommands, ARefusalEndsWithOneAndItsReason) {
    const FakeSupervisor fake(socket_,
                              [](const auto&, const auto&) { return refused("not_found", "no task 0192"); });
    EXPECT_EQ(ctl({"show", "0192"}), 1);
    EXPECT_EQ(err(), "hrn-ctl: no task 0192\n");
}

TEST_F(CtlCommands, StatusShowsTheWholeOnEightyColumns) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) {
        json status = healthy_status();
        status["problems"] = {{{"code", "disk_full"},
                               {"text", std::string(150, 'x') + " and more words to wrap"},
                               {"since", "2026-11-24T08:00:00.000Z"}}};
        return ok(status);
    });
    EXPECT_EQ(ctl({"status"}), 0);
    for (const char* part : {"hrn running, intake open, up 2 h 13 min, 0.810 images/s", "1 234", "busy",
                             "63 %", "disk_full since 2026-11-24 08:00:00"}) {
        EXPECT_NE(out().find(part), std::string::npos) << part << "\n" << out();
    }
    EXPECT_EQ(out().find('\x1B'), std::string::npos);
}

TEST_F(CtlCommands, StatusTextFitsEightyColumns) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok(healthy_status()); });
    EXPECT_EQ(ctl({"status"}), 0);
    expect_eighty_columns();
}

TEST_F(CtlCommands, StatusOnATerminalIsColoured) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok(healthy_status()); });
    colour_ = true;
    EXPECT_EQ(ctl({"status"}), 0);
    EXPECT_NE(out().find("\x1B[32mrunning\x1B[0m"), std::string::npos);
}

TEST_F(CtlCommands, StatusAsJsonIsTheAnswer) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok(healthy_status()); });
    EXPECT_EQ(ctl({"status", "--json"}), 0);
    EXPECT_EQ(document(), healthy_status());
}

TEST_F(CtlCommands, StatusCheckIsZeroOnlyWhenRunningWithoutProblems) {
    json status = healthy_status();
    const FakeSupervisor fake(socket_, [&](const auto&, const auto&) { return ok(status); });
    EXPECT_EQ(ctl({"status", "--check"}), 0);
    for (const char* state : {"starting", "degraded", "paused", "draining"}) {
        status["state"] = state;
        EXPECT_EQ(ctl({"status", "--check"}), 1) << state;
        EXPECT_EQ(ctl({"status"}), 0) << state;
    }
    status["state"] = "running";
    status["problems"] = {{{"code", "x"}, {"text", "y"}, {"since", "z"}}};
    EXPECT_EQ(ctl({"status", "--check"}), 1);
}

TEST_F(CtlCommands, WorkersAndGpusAreTables) {
    const FakeSupervisor fake(socket_, [](const std::string& command, const auto&) {
        if (command == "workers") {
            nlohmann::json worker = healthy_status()["workers"][0];
            worker.update({{"rss_mb", 812.5},
                           {"gpu_mb", 2048.0},
                           {"precision", "fp16"},
                           {"front_end", "hrn"},
                           {"since", "2026-11-24T08:00:00.000Z"},
                           {"reason", nullptr},
                           {"tasks", {{{"id", "0192"}, {"stage", "waiting for infer"}}}}});
            return ok(nlohmann::json::array({worker}));
        }
        return ok(nlohmann::json::array({{{"index", 0},
                                          {"uuid", "GPU-12345678-1234-1234-1234-123456789012"},
                                          {"name", "NVIDIA H100 80GB HBM3"},
                                          {"memory_total_mb", 81559},
                                          {"memory_used_mb", 5120},
                                          {"utilization", 0.97},
                                          {"temperature_c", 61},
                                          {"power_w", 411.5},
                                          {"age_seconds", 0.4},
                                          {"workers", {0, 1}}}}));
    });
    EXPECT_EQ(ctl({"workers"}), 0);
    expect_eighty_columns();
    EXPECT_NE(out().find("waiting for infer"), std::string::npos);
    EXPECT_NE(out().find("precision fp16"), std::string::npos);
    EXPECT_EQ(ctl({"gpus"}), 0);
    expect_eighty_columns();
    EXPECT_NE(out().find("5120/81559"), std::string::npos);
    EXPECT_NE(out().find("97 %"), std::string::npos);
}

TEST_F(CtlCommands, NoGpusAreSaidInWords) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok(json::array()); });
    EXPECT_EQ(ctl({"gpus"}), 0);
    EXPECT_NE(out().find("no GPUs"), std::string::npos);
}

TEST_F(CtlCommands, TasksAreFetchedPageByPage) {
    const FakeSupervisor fake(socket_, [](const auto&, const nlohmann::json& arguments) {
        const int first =
            arguments.contains("after") ? 1000 - std::stoi(arguments["after"].get<std::string>()) : 0;
        const int limit = arguments["limit"];
        json page = json::array();
        for (int i = first; i < std::min(first + limit, 230); ++i) {
            page.push_back(task(std::to_string(999 - i), "done"));
        }
        return ok(page);
    });
    EXPECT_EQ(ctl({"tasks", "--json"}), 0);
    EXPECT_EQ(document().size(), 100U);
    EXPECT_EQ(ctl({"tasks", "--json", "--limit", "150"}), 0);
    EXPECT_EQ(document().size(), 150U);
    EXPECT_EQ(document()[149]["id"], "850");
    EXPECT_EQ(ctl({"tasks", "--json", "--limit", "0"}), 0);
    EXPECT_EQ(document().size(), 230U);
    EXPECT_EQ(ctl({"tasks", "--json-lines", "--limit", "3", "--after", "990"}), 0);
    EXPECT_EQ(lines(), 3);
    EXPECT_EQ(nlohmann::json::parse(out().substr(0, out().find('\n')))["id"], "989");
}

TEST_F(CtlCommands, TasksAskForOneState) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok(json::array()); });
    EXPECT_EQ(ctl({"tasks", "--state", "failed"}), 0);
    EXPECT_EQ(out(), "no tasks\n");
    EXPECT_EQ(fake.requests().at(0).arguments["state"], "failed");
}

TEST_F(CtlCommands, TasksWithForeignNamesFitEightyColumnsAndOneLineEach) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) {
        json failed = task("019234ab-cdef-7abc-89ab-0123456789ab", "quarantined");
        failed["error"] = {{"code", "killed_for_memory"}};
        failed["path"] = "\x1B[2J" + std::string(200, 'p');
        return ok(json::array({failed, task("019234ab-cdef-7abc-89ab-0123456789ac", "done")}));
    });
    EXPECT_EQ(ctl({"tasks"}), 0);
    expect_eighty_columns();
    EXPECT_EQ(lines(), 3);
    EXPECT_EQ(out().find('\x1B'), std::string::npos);
    EXPECT_NE(out().find("019234ab-cdef-7abc-89ab-0123456789ab"), std::string::npos) << "ids stay whole";
}

TEST_F(CtlCommands, ShowTellsTheErrorAndTheHistory) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) {
        json shown = task("019234ab-cdef-7abc-89ab-0123456789ab", "failed");
        shown["error"] = {{"code", "poison"},
                          {"class", "permanent"},
                          {"message", "killed 3 workers"},
                          {"signal", 11},
                          {"stage", "in infer"}};
        shown["history"] = {{{"code", "worker_crashed"},
                             {"class", "device"},
                             {"message", "died"},
                             {"signal", 11},
                             {"stage", "in infer"},
                             {"attempt", 1},
                             {"worker", 2},
                             {"time", "2026-11-24T08:00:00.000Z"}}};
        return ok(shown);
    });
    EXPECT_EQ(ctl({"show", "0192"}), 0);
    EXPECT_EQ(fake.requests().at(0).arguments["id"], "0192");
    for (const char* part :
         {"poison (permanent): killed 3 workers, signal 11", "attempt 1 on worker 2", "x\\n.jpg"}) {
        EXPECT_NE(out().find(part), std::string::npos) << part << "\n" << out();
    }
    expect_eighty_columns();
}

TEST_F(CtlCommands, StatsHaveATableOfDevicesAndOneOfStages) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) {
        const json numbers = {{"count", 30}, {"mean", 0.5}, {"p50", 0.4}, {"p95", 0.9}, {"p99", 1.2}};
        return ok(
            {{"since", "2026-11-24T08:00:00.000Z"},
             {"devices",
              {{{"device", "cpu"},
                {"name", nullptr},
                {"workers", {0}},
                {"completed", 30},
                {"failed", 1},
                {"total_seconds", 15.5},
                {"mean_seconds", 0.5},
                {"utilization", 0.9},
                {"stages",
                 {{"decode", numbers}, {"infer", numbers}, {"write", numbers}, {"total", numbers}}}}}}});
    });
    EXPECT_EQ(ctl({"stats"}), 0);
    expect_eighty_columns();
    for (const char* part : {"since 2026-11-24 08:00:00", "infer", "P99", "1.20", "90 %"}) {
        EXPECT_NE(out().find(part), std::string::npos) << part << "\n" << out();
    }
    EXPECT_TRUE(fake.requests().at(0).arguments.empty());
}

TEST_F(CtlCommands, RetryNamesTasksOrAllFailedOnes) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) {
        return ok({{"retried", {"a", "b"}}});
    });
    EXPECT_EQ(ctl({"retry", "a", "b"}), 0);
    EXPECT_EQ(out(), "2 tasks are queued again\n");
    EXPECT_EQ(fake.requests().at(0).arguments, (nlohmann::json{{"ids", {"a", "b"}}}));
    EXPECT_EQ(ctl({"retry", "--failed", "--json"}), 0);
    EXPECT_EQ(fake.requests().at(1).arguments, (nlohmann::json{{"failed", true}}));
    EXPECT_EQ(document()["retried"].size(), 2U);
}

TEST_F(CtlCommands, PauseResumeAndDrainSayTheNewState) {
    const FakeSupervisor fake(socket_, [](const std::string& command, const auto&) {
        return ok({{"state", command == "resume" ? "running" : command + "d"}});
    });
    EXPECT_EQ(ctl({"pause"}), 0);
    EXPECT_EQ(out(), "hrn is paused\n");
    EXPECT_EQ(ctl({"resume"}), 0);
    EXPECT_EQ(ctl({"drain"}), 0);
    EXPECT_EQ(fake.requests().at(2).command, "drain");
}

TEST_F(CtlCommands, RestartWorkerNamesOneOrAll) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok({{"restarting", {1}}}); });
    EXPECT_EQ(ctl({"restart-worker", "1"}), 0);
    EXPECT_NE(out().find("worker 1 is restarted"), std::string::npos);
    EXPECT_EQ(fake.requests().at(0).arguments, (nlohmann::json{{"index", 1}}));
    EXPECT_EQ(ctl({"restart-worker", "--all"}), 0);
    EXPECT_EQ(fake.requests().at(1).arguments, (nlohmann::json{{"all", true}}));
}

// --- where the socket is found ------------------------------------------------------------------------

TEST_F(CtlCommands, TheSocketIsFoundThroughConfigurationAndEnvironment) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok(healthy_status()); });
    std::ofstream(folder_.path("hrn.toml")) << "[service]\nruntime_dir = \"" << folder_.path() << "\"\n";
    EXPECT_EQ(run({"--config", folder_.path("hrn.toml"), "status"}), 0);
    ::setenv("HRN_CONFIG", folder_.path("hrn.toml").c_str(), 1);
    EXPECT_EQ(run({"status"}), 0);
    ::unsetenv("HRN_CONFIG");
    ::setenv("HRN_SOCKET", socket_.c_str(), 1);
    EXPECT_EQ(run({"status"}), 0);
    EXPECT_EQ(run({"--socket", "/nowhere", "status"}), 3) << "the command line comes first";
    ::unsetenv("HRN_SOCKET");
}

TEST_F(CtlCommands, AConfigurationThatIsWrongIsAUsageError) {
    std::ofstream(folder_.path("wrong.toml")) << "[spool]\nsettle = 1\n";
    EXPECT_EQ(run({"--config", folder_.path("wrong.toml"), "status"}), 2);
    EXPECT_NE(err().find("wrong.toml:2: spool.settle"), std::string::npos) << err();
    EXPECT_EQ(run({"--config", "/nowhere/hrn.toml", "status"}), 2);
}

TEST_F(CtlCommands, AServiceThatRunsIsFoundThroughAFileThatWasSpoiltSince) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) { return ok(healthy_status()); });
    const std::string service = "[service] # mine\n  runtime_dir = \"" + folder_.path() + "\"\n";
    for (const std::string mistake :
         {"[spool]\nsettle = 1\n", "[spool]\nsettle_ms = 5 7\n", "spool_dir = \"rel\"\n"}) {
        std::ofstream(folder_.path("wrong.toml")) << service << mistake;
        EXPECT_EQ(run({"--config", folder_.path("wrong.toml"), "status"}), 0) << mistake << err();
    }
    std::ofstream(folder_.path("wrong.toml")) << "[service]\nruntime_dir = \"/nowhere\n";
    EXPECT_EQ(run({"--config", folder_.path("wrong.toml"), "status"}), 2);
    EXPECT_NE(err().find("wrong.toml"), std::string::npos) << err();
}

}  // namespace
}  // namespace hrn::ctl
