// Disks that are full, read-only or broken pause the service and cost no task anything; a damaged task store
// is set aside and rebuilt.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/chaos/fault_control.hpp"
#include "tests/chaos/scenario.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

bool has_problem(const nlohmann::json& status, const std::string& code) {
    for (const auto& problem : status.at("problems")) {
        if (problem.at("code") == code) {
            return true;
        }
    }
    return false;
}

struct Trouble {
    const char* name;
    int error;
    const char* folder;  // below the service's root
    const char* program;
    const char* problem;  // the code that status shows
};

std::string name_of(const ::testing::TestParamInfo<Trouble>& row) {
    return row.param.name;
}

class DiskTrouble : public ::testing::TestWithParam<Trouble> {};

TEST_P(DiskTrouble, PausesTheServiceSaysSoCostsNoAttemptAndIsOverByItself) {
    const Trouble& trouble = GetParam();
    Service service;
    FaultControl faults;
    Ledger ledger;
    service.start(faults.environment());
    ASSERT_TRUE(Service::eventually([&] { return service.status().at("state") == "running"; }));
    FaultPlan plan;
    plan.program = trouble.program;
    plan.calls = kChangeCalls;
    plan.action = FaultAction::fail;
    plan.error = trouble.error;
    plan.last = FaultPlan::kForEver;
    plan.below = service.root() + trouble.folder;
    faults.arm(plan);
    drop_a_few(service, ledger);
    ASSERT_TRUE(Service::eventually([&] { return has_problem(service.status(), trouble.problem); }))
        << service.status().dump(1);
    EXPECT_EQ(service.status().at("state"), "degraded");
    EXPECT_GT(faults.hits(), 0U);
    EXPECT_TRUE(service.published().empty());

    faults.disarm();
    ASSERT_TRUE(Service::eventually([&] { return is_through(service, ledger); }, std::chrono::seconds(60)))
        << service.status().dump(1);
    EXPECT_TRUE(service.supervisor().alive()) << "it goes on by itself";
    EXPECT_TRUE(Service::eventually([&] { return !has_problem(service.status(), trouble.problem); }));
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;
    }
}

INSTANTIATE_TEST_SUITE_P(
    On, DiskTrouble,
    ::testing::Values(Trouble{"AFullSpool", ENOSPC, "/spool", "hrn-supervisor", "disk_full"},
                      Trouble{"AFullResultsFolder", ENOSPC, "/results", "hrn-supervisor", "disk_full"},
                      Trouble{"AFullStateFolder", ENOSPC, "/state", "hrn-supervisor", "disk_full"},
                      Trouble{"AQuotaInTheSpool", EDQUOT, "/spool", "hrn-supervisor", "disk_full"},
                      Trouble{"AQuotaInTheStateFolder", EDQUOT, "/state", "hrn-supervisor", "disk_full"},
                      Trouble{"AReadOnlyResultsFolder", EROFS, "/results", "hrn-supervisor", "disk_full"},
                      Trouble{"ABrokenSpool", EIO, "/spool", "hrn-supervisor", "disk_full"},
                      Trouble{"ABrokenResultsFolder", EIO, "/results", "hrn-supervisor", "disk_full"},
                      Trouble{"AWorkersFullDisk", ENOSPC, "/results", "hrn-worker-sim", "worker_disk_full"},
                      Trouble{"AWorkersBrokenDisk", EIO, "/results", "hrn-worker-sim", "worker_disk_full"}),
    name_of);

// No room for the very first task store, nor for the folders of the spool.
class DiskTroubleAtTheFirstStart : public ::testing::TestWithParam<Trouble> {};

TEST_P(DiskTroubleAtTheFirstStart, IsSaidAndIsOverByItself) {
    const Trouble& trouble = GetParam();
    Service service;
    FaultControl faults;
    Ledger ledger;
    FaultPlan plan;
    plan.program = trouble.program;
    plan.calls = kChangeCalls;
    plan.action = FaultAction::fail;
    plan.error = trouble.error;
    plan.last = FaultPlan::kForEver;
    plan.below = service.root() + trouble.folder;
    faults.arm(plan);
    service.start(faults.environment());
    drop_a_few(service, ledger);
    ASSERT_TRUE(Service::eventually([&] { return has_problem(service.status(), trouble.problem); }))
        << service.status().dump(1);
    EXPECT_GT(faults.hits(), 0U);

    faults.disarm();
    ASSERT_TRUE(Service::eventually([&] { return is_through(service, ledger); }, std::chrono::seconds(60)))
        << service.status().dump(1);
    EXPECT_TRUE(service.supervisor().alive()) << "it goes on by itself";
    EXPECT_TRUE(Service::eventually([&] { return !has_problem(service.status(), trouble.problem); }));
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;
    }
}

INSTANTIATE_TEST_SUITE_P(
    On, DiskTroubleAtTheFirstStart,
    ::testing::Values(Trouble{"AFullStateFolder", ENOSPC, "/state", "hrn-supervisor", "disk_full"},
                      Trouble{"AQuotaInTheStateFolder", EDQUOT, "/state", "hrn-supervisor", "disk_full"},
                      Trouble{"AFullSpool", ENOSPC, "/spool", "hrn-supervisor", "disk_full"},
                      Trouble{"AReadOnlySpool", EROFS, "/spool", "hrn-supervisor", "disk_full"}),
    name_of);

TEST(DiskTrouble, ADamagedTaskStoreIsSetAsideAndRebuiltFromTheFolders) {
    Service service;
    Ledger ledger;
    service.start();
    drop_a_few(service, ledger);
    ASSERT_LE(service.wait_all(), 1);  // one of them has no face
    ASSERT_EQ(service.stop(), 0);
    {
        std::fstream store(service.root() + "/state/tasks.db",
                           std::ios::in | std::ios::out | std::ios::binary);
        store << std::string(8192, '\xA5');
    }
    service.start();
    // The socket answers before the store is open.
    EXPECT_TRUE(Service::eventually([&] { return has_problem(service.status(), "store_rebuilt"); }))
        << service.status().dump(1);
    bool set_aside = false;
    for (const auto& entry : files::directory_iterator(service.root() + "/state")) {
        set_aside = set_aside || entry.path().filename().string().starts_with("tasks.db.damaged-");
    }
    EXPECT_TRUE(set_aside) << "for whoever wants to look into it";
    Rules rules;
    rules.store_kept = false;
    for (const std::string& violation : ledger.judge(service, rules)) {
        ADD_FAILURE() << violation;
    }
}

TEST(Watches, WhenTheKernelGivesNoMoreOfThemFilesAreFoundByRescans) {
    Service service;
    FaultControl faults;
    Ledger ledger;
    FaultPlan plan;
    plan.program = "hrn-supervisor";
    plan.calls = kWatchCalls;
    plan.action = FaultAction::fail;
    plan.error = ENOSPC;
    plan.last = FaultPlan::kForEver;
    faults.arm(plan);
    service.start(faults.environment());
    drop_a_few(service, ledger);
    ASSERT_TRUE(Service::eventually([&] { return is_through(service, ledger); }, std::chrono::seconds(60)))
        << service.status().dump(1);
    EXPECT_GT(faults.hits(), 0U);
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;
    }
}

}  // namespace
}  // namespace hrn::test
