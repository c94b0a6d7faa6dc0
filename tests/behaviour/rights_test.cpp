// Who may change something through the control socket: root, the service's own user, members of
// [control] group; everybody whom the socket's mode lets in may look (design.md 10). Needs root, to be
// others.
#include <gtest/gtest.h>
#include <unistd.h>

#include "shared/protocol.hpp"
#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

constexpr const char* kService = "65531";
constexpr const char* kStranger = "65532";
constexpr const char* kGroup = "daemon";  // there on every Debian
constexpr const char* kGroupNumber = "1";

class Rights : public ::testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "being somebody else needs root";
        }
        service_ = std::make_unique<Service>(Service::Settings{
            {"control", "mode = \"0666\""}, {"control", std::string("group = \"") + kGroup + "\""}});
        const std::string owner = std::string(kService) + ":" + kService;
        ASSERT_EQ(run_program("/bin/chown", {"-R", owner, service_->root()}).status, 0);
        ASSERT_EQ(run_program("/bin/chmod", {"755", service_->root()}).status, 0);
        service_->launch_as(kService);
        ASSERT_TRUE(Service::eventually([&] { return service_->ctl({"status"}).status == 0; }))
            << service_->log();
    }
    // hrn-ctl as another user, in this group or in none but his own.
    [[nodiscard]] Finished ctl_as(const std::string& user, const std::string& groups,
                                  std::vector<std::string> arguments) const {
        std::vector<std::string> all = {"--reuid", user, "--regid", user};
        if (groups.empty()) {
            all.emplace_back("--clear-groups");
        } else {
            all.insert(all.end(), {"--groups", groups});
        }
        all.insert(all.end(), {bin("hrn-ctl"), "--socket", service_->root() + "/run/control.sock"});
        all.insert(all.end(), arguments.begin(), arguments.end());
        return run_program("/usr/bin/setpriv", all);
    }

    std::unique_ptr<Service> service_;
};

TEST_F(Rights, AStrangerMayLookButChangeNothing) {
    EXPECT_EQ(ctl_as(kStranger, "", {"status"}).status, 0);
    EXPECT_EQ(ctl_as(kStranger, "", {"tasks"}).status, 0);
    for (const std::vector<std::string>& command : {std::vector<std::string>{"pause"},
                                                    {"resume"},
                                                    {"drain"},
                                                    {"reload"},
                                                    {"clean"},
                                                    {"clean", "--failed"},
                                                    {"retry", "--failed"},
                                                    {"cancel", "0192"},
                                                    {"hold", "0192"},
                                                    {"release", "0192"},
                                                    {"bump", "0192"},
                                                    {"restart-worker", "--all"},
                                                    {"device", "drain", "cpu"},
                                                    {"device", "resume", "cpu"}}) {
        const Finished refused = ctl_as(kStranger, "", command);
        EXPECT_EQ(refused.status, 1) << command.front();
        EXPECT_NE(refused.err.find("only root, the service's user"), std::string::npos) << refused.err;
    }
    EXPECT_EQ(service_->status().at("state"), "running");
}

TEST_F(Rights, RootTheServicesUserAndTheGroupMayChangeThings) {
    EXPECT_EQ(service_->ctl({"pause"}).status, 0) << "root";
    EXPECT_EQ(ctl_as(kService, "", {"resume"}).status, 0) << "the service's own user";
    EXPECT_EQ(ctl_as(kStranger, kGroupNumber, {"pause"}).status, 0) << "a member of the group";
    EXPECT_EQ(service_->status().at("state"), "paused");
}

TEST_F(Rights, TheSocketHasTheModeAndTheGroupThatAreConfigured) {
    const Finished seen = run_program("/usr/bin/stat", {"-c", "%a", service_->root() + "/run/control.sock"});
    EXPECT_EQ(seen.out, "666\n");
}

}  // namespace
}  // namespace hrn::test
