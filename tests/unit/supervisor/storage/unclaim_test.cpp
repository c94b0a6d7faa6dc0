#include <gtest/gtest.h>

#include "supervisor/storage/locks.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::test {
namespace {

using Work = FakeService::Work;

class UnclaimTest : public testing::Test {
protected:
    // `count` tasks claimed and left.
    void leave(const std::vector<std::string>& rels) {
        for (const std::string& rel : rels) {
            drop(config, rel, rel);
        }
        service = std::make_unique<FakeService>(config);
        service->work = [](const auto&) { return Work::leave; };
        service->start();
        ASSERT_TRUE(service->run_until([&] { return service->queued.size() == rels.size(); }));
    }

    TempFolder folder;
    Config config = service_config(folder.path());
    std::unique_ptr<FakeService> service;
};

TEST_F(UnclaimTest, PutsEveryImageBackAndForgetsTheTask) {
    leave({"a/x.jpg", "y.jpg"});
    service.reset();
    EXPECT_EQ(supervisor::unclaim(config), 2U);
    EXPECT_EQ(folder.read("spool/incoming/a/x.jpg"), "a/x.jpg");
    EXPECT_EQ(folder.read("spool/incoming/y.jpg"), "y.jpg");
    EXPECT_TRUE(tree(folder.path("spool/claimed")).empty());
    service = std::make_unique<FakeService>(config);
    service->start(false);
    ASSERT_TRUE(service->wait_recovered());
    EXPECT_EQ(service->recovered->lost_original, 0U);
}

TEST_F(UnclaimTest, NeverOverwritesANewerFile) {
    leave({"x.jpg"});
    service.reset();
    drop(config, "x.jpg", "newer");
    EXPECT_EQ(supervisor::unclaim(config), 1U);
    EXPECT_EQ(folder.read("spool/incoming/x.jpg"), "newer");
    EXPECT_EQ(folder.read("spool/incoming/x-2.jpg"), "x.jpg");
}

TEST_F(UnclaimTest, RefusesWhileAServiceRuns) {
    leave({"x.jpg"});
    EXPECT_THROW(supervisor::unclaim(config), supervisor::storage::LockHeld);
}

}  // namespace
}  // namespace hrn::test
