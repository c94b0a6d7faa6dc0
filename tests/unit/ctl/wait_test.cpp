// `wait`: asks again and again, survives a restart, ends with the right status.
#include <chrono>

#include "tests/unit/ctl/ctl_fixture.hpp"

namespace hrn::ctl {
namespace {

using nlohmann::json;
using test::FakeSupervisor;
using test::ok;
using test::refused;

class CtlWait : public test::CtlTest {
protected:
    static json totals(bool finished, int open, int done, int failed) {
        return {{"finished", finished}, {"waiting", 0},     {"queued", open},  {"running", 0},
                {"done", done},         {"failed", failed}, {"quarantined", 0}};
    }
    static json states(const json& ids, const std::string& state) {
        json tasks = json::array();
        for (const json& id : ids) {
            tasks.push_back({{"id", id}, {"path", "p.jpg"}, {"state", state}});
        }
        return tasks;
    }
};

TEST_F(CtlWait, ForEverythingScansOnceAndAsksUntilNothingIsOpen) {
    int asked = 0;
    const FakeSupervisor fake(socket_, [&](const std::string& command, const auto&) {
        if (command == "status") {
            return ok(totals(false, 2, 10, 1));
        }
        return ok(++asked == 1 ? totals(false, 2, 10, 1) : totals(true, 0, 12, 1));
    });
    EXPECT_EQ(ctl({"wait", "--json"}), 0);
    EXPECT_EQ(document(), (nlohmann::json{{"finished", true},
                                          {"done", 2},
                                          {"failed", 0},
                                          {"quarantined", 0},
                                          {"tasks", nlohmann::json::array()}}))
        << "what failed before this wait is not its business";
    const auto requests = fake.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[1].arguments["scan"], true);
    EXPECT_EQ(requests[2].arguments["scan"], false);
}

TEST_F(CtlWait, EndsWithOneIfSomethingFailedMeanwhile) {
    const FakeSupervisor fake(socket_, [&](const std::string& command, const auto&) {
        return ok(command == "status" ? totals(false, 1, 10, 1) : totals(true, 0, 10, 2));
    });
    EXPECT_EQ(ctl({"wait"}), 1);
    EXPECT_EQ(out(), "0 done, 1 failed, 0 quarantined\n");
}

TEST_F(CtlWait, ForIdsEndsWhenEachIsFinal) {
    int asked = 0;
    const FakeSupervisor fake(socket_, [&](const std::string&, const nlohmann::json& arguments) {
        const bool finished = ++asked > 1;
        return ok(
            {{"finished", finished}, {"tasks", states(arguments["ids"], finished ? "done" : "running")}});
    });
    EXPECT_EQ(ctl({"wait", "0192aaaa", "0192bbbb"}), 0);
    EXPECT_EQ(out(), "2 done, 0 failed, 0 quarantined\n");
    EXPECT_EQ(fake.requests().at(0).arguments["ids"], (nlohmann::json{"0192aaaa", "0192bbbb"}));
}

TEST_F(CtlWait, NamesTheTasksThatFailed) {
    const FakeSupervisor fake(socket_, [&](const std::string&, const auto&) {
        return ok({{"finished", true},
                   {"tasks",
                    {{{"id", "0192aaaa"}, {"path", "good.jpg"}, {"state", "done"}},
                     {{"id", "0192bbbb"}, {"path", "bad.jpg"}, {"state", "quarantined"}}}}});
    });
    EXPECT_EQ(ctl({"wait", "0192aaaa", "0192bbbb"}), 1);
    EXPECT_EQ(out(), "1 done, 0 failed, 1 quarantined\nquarantined 0192bbbb bad.jpg\n");
}

TEST_F(CtlWait, ManyIdsAreAskedForInPieces) {
    const FakeSupervisor fake(socket_, [&](const std::string&, const nlohmann::json& arguments) {
        return ok({{"finished", true}, {"tasks", states(arguments["ids"], "done")}});
    });
    std::vector<std::string> arguments = {"wait"};
    for (int i = 0; i < 2500; ++i) {
        arguments.push_back("019234ab-cdef-7abc-89ab-" + std::to_string(100'000'000'000 + i));
    }
    EXPECT_EQ(ctl(arguments), 0);
    EXPECT_EQ(out(), "2 500 done, 0 failed, 0 quarantined\n");
    EXPECT_EQ(fake.requests().size(), 3U);
}

TEST_F(CtlWait, EndsWithFourAtTheTimeOut) {
    const FakeSupervisor fake(socket_, [&](const std::string& command, const nlohmann::json& arguments) {
        EXPECT_TRUE(command == "status" || arguments["timeout_seconds"] <= 0.2);
        return ok(totals(false, 1, 0, 0));
    });
    EXPECT_EQ(ctl({"wait", "--timeout", "0.2", "--json"}), 4);
    EXPECT_EQ(document()["finished"], false) << "the document comes all the same";
}

TEST_F(CtlWait, AnUnknownIdIsAFailure) {
    const FakeSupervisor fake(socket_,
                              [](const auto&, const auto&) { return refused("not_found", "no task 0192"); });
    EXPECT_EQ(ctl({"wait", "0192"}), 1);
}

TEST_F(CtlWait, SurvivesARestartOfTheSupervisorAndScansAnew) {
    auto first = std::make_unique<FakeSupervisor>(
        socket_, [](const std::string& command, const auto&) -> std::optional<nlohmann::json> {
            if (command == "status") {
                return ok(totals(false, 1, 5, 0));
            }
            return std::nullopt;  // dies while it holds the answer
        });
    std::unique_ptr<FakeSupervisor> second;
    std::thread restart([&] {
        while (first->requests().size() < 2) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        first.reset();
        second = std::make_unique<FakeSupervisor>(
            socket_, [](const auto&, const auto&) { return ok(totals(true, 0, 6, 0)); });
    });
    EXPECT_EQ(ctl({"wait", "--timeout", "60"}), 0);
    restart.join();
    EXPECT_EQ(out(), "1 done, 0 failed, 0 quarantined\n");
    EXPECT_EQ(second->requests().back().arguments["scan"], true);
}

TEST_F(CtlWait, WithoutASupervisorAtTheStartDoesNotWaitForOne) {
    EXPECT_EQ(ctl({"wait", "--timeout", "60"}), 3);
}

TEST_F(CtlWait, EndsWithFourIfTheSupervisorStaysAwayUntilTheTimeOut) {
    auto fake = std::make_unique<FakeSupervisor>(
        socket_, [](const std::string& command, const auto&) -> std::optional<nlohmann::json> {
            return command == "status" ? std::optional(ok(totals(false, 1, 5, 0))) : std::nullopt;
        });
    EXPECT_EQ(ctl({"wait", "--timeout", "0.5"}), 4);
}

TEST_F(CtlWait, OnATerminalShowsABar) {
    const FakeSupervisor fake(socket_, [&](const std::string& command, const nlohmann::json& arguments) {
        EXPECT_TRUE(command == "status" || arguments["timeout_seconds"] == 1.0)
            << "often enough to look alive";
        return ok(command == "status" ? totals(false, 4, 0, 0) : totals(true, 0, 4, 0));
    });
    progress_ = true;
    EXPECT_EQ(ctl({"wait"}), 0);
    EXPECT_NE(err().find("4 of 4"), std::string::npos);
}

}  // namespace
}  // namespace hrn::ctl
