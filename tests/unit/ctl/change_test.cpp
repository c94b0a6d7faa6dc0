// The commands that change something: what each asks for, what it says, how it ends.
#include "tests/unit/ctl/ctl_fixture.hpp"

namespace hrn::ctl {
namespace {

using nlohmann::json;
using test::FakeSupervisor;
using test::ok;
using test::refused;

class CtlChange : public test::CtlTest {};

struct Case {
    std::vector<std::string> typed;
    const char* command;
    json arguments;
    json answer;
    const char* said;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all = {
        {{"cancel", "a", "b"},
         "cancel",
         {{"ids", {"a", "b"}}},
         {{"cancelled", {"a", "b"}}, {"running", {"b"}}},
         "2 tasks are cancelled\n1 of them is being computed; the result will be dropped\n"},
        {{"hold", "a"}, "hold", {{"ids", {"a"}}}, {{"held", {"a"}}}, "1 task is held\n"},
        {{"release", "a"}, "release", {{"ids", {"a"}}}, {{"released", {"a"}}}, "1 task is released\n"},
        {{"bump", "a", "b"},
         "bump",
         {{"ids", {"a", "b"}}},
         {{"bumped", {"a", "b"}}},
         "2 tasks are first in the queue\n"},
        {{"clean"},
         "clean",
         {{"failed", false}},
         {{"tasks", 2}, {"bytes", 3145728}},
         "2 originals were removed, 3.00 MB\n"},
        {{"clean", "--failed", "--older-than", "2026-11-24T08:00:00Z"},
         "clean",
         {{"failed", true}, {"older_than", "2026-11-24T08:00:00Z"}},
         {{"tasks", 1}, {"bytes", 0}},
         "1 failed task was removed, 0.00 MB\n"},
        {{"reload"},
         "reload",
         json::object(),
         {{"changes", json::array()}},
         "the configuration is in force; nothing has changed\n"},
        {{"reload"},
         "reload",
         json::object(),
         {{"changes",
           {{{"key", "limits.max_attempts"}, {"from", "3"}, {"to", "4"}, {"applies", "now"}},
            {{"key", "log.format"}, {"from", "\"text\""}, {"to", "\"json\""}, {"applies", "restart"}}}}},
         "limits.max_attempts: 3 -> 4, applies now\n"
         "log.format: \"text\" -> \"json\", applies after a restart of the service\n"},
        {{"device", "drain", "0", "--reason", "hot"},
         "device-drain",
         {{"device", "0"}, {"reason", "hot"}},
         {{"device", "GPU-1"}, {"workers", {0, 1}}},
         "GPU-1 is drained: workers 0, 1 end once they have finished what they hold\n"},
        {{"device", "resume", "GPU-1"},
         "device-resume",
         {{"device", "GPU-1"}},
         {{"device", "GPU-1"}, {"workers", {0}}},
         "GPU-1 is in service again: worker 0\n"},
    };
    return all;
}

TEST_F(CtlChange, AsksForWhatWasTypedAndSaysWhatCameOfIt) {
    for (const Case& one : cases()) {
        const FakeSupervisor fake(socket_, [&](const auto&, const auto&) { return ok(one.answer); });
        EXPECT_EQ(ctl(one.typed), 0) << one.typed.front() << err();
        ASSERT_EQ(fake.requests().size(), 1U);
        EXPECT_EQ(fake.requests().front().command, one.command);
        EXPECT_EQ(fake.requests().front().arguments, one.arguments);
        EXPECT_EQ(out(), one.said);
    }
}

TEST_F(CtlChange, AsJsonTheAnswerComesAsItIs) {
    for (const Case& one : cases()) {
        const FakeSupervisor fake(socket_, [&](const auto&, const auto&) { return ok(one.answer); });
        std::vector<std::string> typed = one.typed;
        typed.emplace_back("--json");
        EXPECT_EQ(ctl(typed), 0);
        EXPECT_EQ(document(), one.answer);
    }
}

TEST_F(CtlChange, ARefusalEndsWithOne) {
    const FakeSupervisor fake(
        socket_, [](const auto&, const auto&) { return refused("wrong_state", "task 0192 is finished"); });
    for (const Case& one : cases()) {
        EXPECT_EQ(ctl(one.typed), 1) << one.typed.front();
        EXPECT_EQ(err(), "hrn-ctl: task 0192 is finished\n");
    }
}

TEST_F(CtlChange, WithoutASupervisorEachEndsWithThree) {
    for (const Case& one : cases()) {
        EXPECT_EQ(ctl(one.typed), 3) << one.typed.front();
    }
    EXPECT_EQ(ctl({"events"}), 3);
}

TEST_F(CtlChange, AReloadOfABadFileEndsWithTwoAndItsLine) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) {
        return refused("bad_configuration", "/etc/hrn/hrn.toml:3: spool.settle_millis is unknown");
    });
    EXPECT_EQ(ctl({"reload"}), 2);
    EXPECT_EQ(err(), "hrn-ctl: /etc/hrn/hrn.toml:3: spool.settle_millis is unknown\n");
}

TEST_F(CtlChange, AnAgeBecomesATimeBeforeItIsAskedFor) {
    const FakeSupervisor fake(socket_, [](const auto&, const auto&) {
        return ok({{"tasks", 0}, {"bytes", 0}});
    });
    EXPECT_EQ(ctl({"clean", "--older-than", "30d"}), 0);
    const std::string time = fake.requests().front().arguments.at("older_than");
    EXPECT_TRUE(time.ends_with("Z")) << time;
    EXPECT_EQ(ctl({"clean", "--older-than", "long"}), 2);
}

TEST_F(CtlChange, WhatIsMissingIsAUsageError) {
    for (const std::vector<std::string>& typed : {std::vector<std::string>{"cancel"},
                                                  {"hold"},
                                                  {"release"},
                                                  {"bump"},
                                                  {"device"},
                                                  {"device", "drain"},
                                                  {"device", "stop", "0"},
                                                  {"device", "resume", "0", "--reason", "x"},
                                                  {"events", "--count", "0"},
                                                  {"reload", "now"}}) {
        EXPECT_EQ(ctl(typed), 2) << testing::PrintToString(typed);
    }
}

}  // namespace
}  // namespace hrn::ctl
