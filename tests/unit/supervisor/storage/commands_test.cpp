// Commands through the real storage thread: what they answer, and what is true after a restart.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;
using nlohmann::json;

class CommandsTest : public testing::Test {
protected:
    // A service with `count` images x0.jpg … that are finished (or left) as `work` says.
    void run(int count, Work work) {
        for (int i = 0; i < count; ++i) {
            drop(config, "x" + std::to_string(i) + ".jpg", std::to_string(i));
        }
        begin(work);
        const auto wanted = static_cast<std::size_t>(count);
        ASSERT_TRUE(service->run_until([&] {
            return (work == Work::leave ? service->queued.size() : service->finished.size()) == wanted;
        }));
    }
    void begin(Work work) {
        service = std::make_unique<FakeService>(config);
        service->work = [work](const auto&) { return work; };
        service->start();
    }
    json retry(const std::vector<std::string>& ids, bool all = false) {
        return service->ask([&](auto done) { service->storage().retry(ids, all, done); });
    }
    json show(const TaskId& id) {
        return service->ask([&](auto done) { service->storage().show(id.text(), done); });
    }

    TempFolder folder;
    Config config = service_config(folder.path());
    std::unique_ptr<FakeService> service;
};

TEST_F(CommandsTest, RetryQueuesAFailedTaskAgainWithItsErrorAsHistory) {
    run(1, Work::fail);
    service->work = [](const auto&) { return Work::succeed; };
    const TaskId id = service->finished[0].id;
    EXPECT_EQ(retry({id.text()}), (json{{"retried", {id.text()}}}));
    ASSERT_TRUE(service->wait_for_finished(2));
    const json task = show(id);
    EXPECT_EQ(task["state"], "done");
    EXPECT_EQ(task["attempts"], 1);
    EXPECT_TRUE(task["error"].is_null());
    ASSERT_EQ(task["history"].size(), 1U);
    EXPECT_EQ(task["history"][0]["code"], "no_face");
    EXPECT_TRUE(path_exists(service->result("x0.jpg/result.json")));
    EXPECT_TRUE(tree(service->spool("failed")).empty());
}

TEST_F(CommandsTest, RetryOfEverythingThatFailedTakesQuarantinedOnesToo) {
    run(5, Work::quarantine);
    service->work = [](const auto&) { return Work::succeed; };
    EXPECT_EQ(retry({}, true)["retried"].size(), 5U);
    ASSERT_TRUE(service->wait_for_finished(10));
    ASSERT_TRUE(service->run_until([&] { return service->counts.done == 5; }));
    EXPECT_EQ(service->counts.quarantined, 0U);
}

TEST_F(CommandsTest, RetryChangesNothingIfOneIdHasNotFailed) {
    run(2, Work::fail);
    const std::string good = service->finished[0].id.text();
    EXPECT_EQ(retry({good, "ffffffff"})["error"]["code"], "not_found");
    drop(config, "waiting.jpg");
    service->work = [](const auto&) { return Work::leave; };
    ASSERT_TRUE(service->run_until([&] { return service->queued.size() == 3; }));
    EXPECT_EQ(retry({good, service->queued[2].id.text()})["error"]["code"], "wrong_state");
    EXPECT_EQ(show(service->finished[0].id)["state"], "failed");
}

TEST_F(CommandsTest, RetryOfATaskWhoseOriginalIsGoneLeavesItFailed) {
    run(1, Work::fail);
    ASSERT_EQ(::unlink(service->spool("failed/x0.jpg").c_str()), 0);
    EXPECT_EQ(retry({service->finished[0].id.text()})["error"]["code"], "wrong_state");
    EXPECT_EQ(show(service->finished[0].id)["state"], "failed");
    EXPECT_TRUE(tree(service->spool("claimed")).empty());
}

TEST_F(CommandsTest, HoldAndReleaseAreToldAndSurviveARestart) {
    run(1, Work::leave);
    const TaskId id = service->queued[0].id;
    auto held = service->ask([&](auto done) { service->storage().set_held({id.text()}, true, done); });
    EXPECT_EQ(held["ids"][0], id.text());
    ASSERT_EQ(service->changed.size(), 1U);
    EXPECT_TRUE(service->changed[0].held);
    service.reset();
    begin(Work::leave);
    ASSERT_TRUE(service->run_until([&] { return service->queued.size() == 1; }));
    EXPECT_TRUE(service->queued[0].held);
    EXPECT_EQ(show(id)["held"], true);
    static_cast<void>(
        service->ask([&](auto done) { service->storage().set_held({id.text()}, false, done); }));
    EXPECT_FALSE(service->changed.at(0).held);
}

TEST_F(CommandsTest, HoldOfAFinishedTaskIsRefused) {
    run(1, Work::succeed);
    const auto answer = service->ask(
        [&](auto done) { service->storage().set_held({service->finished[0].id.text()}, true, done); });
    EXPECT_EQ(answer["error"]["code"], "wrong_state");
}

TEST_F(CommandsTest, BumpMakesATaskTheFirstAndSurvivesARestart) {
    run(3, Work::leave);
    const TaskId last = service->queued[2].id;
    static_cast<void>(service->ask([&](auto done) { service->storage().bump({last.text()}, done); }));
    ASSERT_EQ(service->changed.size(), 1U);
    EXPECT_LT(service->changed[0].order, service->queued[0].order);
    service.reset();
    begin(Work::leave);
    ASSERT_TRUE(service->run_until([&] { return service->queued.size() == 3; }));
    EXPECT_EQ(service->queued[0].id, last);
}

TEST_F(CommandsTest, PauseAndDrainedDevicesSurviveARestart) {
    run(1, Work::succeed);
    service->storage().persist_pause(true);
    service->storage().persist_drained_devices({{"GPU-1", "hot"}});
    service.reset();
    begin(Work::succeed);
    ASSERT_TRUE(service->wait_recovered());
    EXPECT_TRUE(service->recovered->paused);
    EXPECT_EQ(service->recovered->drained_devices, (std::map<std::string, std::string>{{"GPU-1", "hot"}}));
}

TEST_F(CommandsTest, ResolveGivesWholeIds) {
    run(1, Work::succeed);
    const std::string id = service->finished[0].id.text();
    EXPECT_EQ(service->ask([&](auto done) { service->storage().resolve({id.substr(0, 20)}, done); }),
              json::array({id}));
}

}  // namespace
}  // namespace hrn::test
