// Whatever a worker does, the supervisor lives, names what happened, and the neighbours of the image that
// made it do so end at their first attempt.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/chaos/ledger.hpp"

namespace hrn::test {
namespace {

constexpr int kNeighbours = 12;
constexpr long kMostResidentKilobytes = with_shadow(64 * 1024);

struct Fault {
    const char* name;
    const char* command;  // for hrn-worker-sim
    Fate fate;
    const char* code;   // of the record; empty for done
    const char* words;  // that its message must have
    std::uint32_t attempts = 3;
};

std::string name_of(const ::testing::TestParamInfo<Fault>& row) {
    return row.param.name;
}

class WorkerFault : public ::testing::TestWithParam<Fault> {};

TEST_P(WorkerFault, IsSurvivedNamedAndPaidForByNobodyElse) {
    const Fault& fault = GetParam();
    Service service({{"workers", "per_device = 2"},
                     {"workers", "batch_size = 2"},
                     {"limits", "stage_timeout_s = 0.6"},
                     {"limits", "kill_timeout_s = 0.3"}});
    Ledger ledger;
    service.start();
    const pid_t supervisor = service.supervisor().pid();
    for (int i = 0; i < kNeighbours; ++i) {
        if (i == kNeighbours / 2) {
            ASSERT_TRUE(ledger.drop(
                service, "bad.jpg",
                {fault.fate, std::string("hrn-sim: ") + fault.command + "\n", fault.code, fault.attempts}));
        }
        ASSERT_TRUE(ledger.drop(service, std::to_string(i) + ".jpg", {}));
    }
    ASSERT_LE(service.wait_all(60), 1) << service.status().dump(1);
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;
    }
    const nlohmann::json status = service.status();
    EXPECT_EQ(status.at("pid"), supervisor);
    EXPECT_LT(status_kilobytes(supervisor, "VmRSS:"), kMostResidentKilobytes);
    if (fault.fate != Fate::done) {
        const nlohmann::json record =
            nlohmann::json::parse(read_whole(service.root() + "/spool/failed/bad.jpg.error.json"));
        EXPECT_NE(record.at("message").get<std::string>().find(fault.words), std::string::npos)
            << record.dump(1);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Of, WorkerFault,
    ::testing::Values(
        Fault{"AnExit", "exit 3", Fate::quarantined, "worker_crashed", "3"},
        Fault{"AnAbort", "abort", Fate::quarantined, "worker_crashed", "SIGABRT"},
        Fault{"ASegmentationFaultInDecode", "crash in decode", Fate::quarantined, "worker_crashed",
              "SIGSEGV"},
        Fault{"ASegmentationFaultInWrite", "crash in write", Fate::quarantined, "worker_crashed", "SIGSEGV"},
        Fault{"AStackOverflow", "overflow", Fate::quarantined, "worker_crashed", "SIGSEGV"},
        Fault{"AHangInDecode", "hang in decode", Fate::quarantined, "timeout", "decode"},
        Fault{"AHangInInfer", "hang", Fate::quarantined, "timeout", "infer"},
        Fault{"AHangInWrite", "hang in write", Fate::quarantined, "timeout", "write"},
        Fault{"AFrozenProcess", "freeze", Fate::quarantined, "timeout", "no progress"},
        Fault{"ABrokenDevice", "device_fatal", Fate::quarantined, "device_error", "device"},
        Fault{"AnImpossibleReportIndex", "garbage report_index", Fate::quarantined, "protocol_error",
              "index"},
        Fault{"AnOrderIndexThatNobodyNeeds", "garbage order_index", Fate::done, "", "", 1},
        Fault{"NonsenseInTheReports", "garbage records", Fate::quarantined, "protocol_error", "nonsense"},
        Fault{"AReportAboutSomebodyElse", "garbage foreign", Fate::quarantined, "protocol_error",
              "does not hold"},
        Fault{"ClosedPipes", "close_pipes", Fate::quarantined, "protocol_error", "closed its wake-up pipe"},
        Fault{"TooMuchDeviceMemoryForTheBatch", "device_fits 1", Fate::done, "", "", 1},
        Fault{"NonsenseInTheCounters", "garbage counters", Fate::done, "", "", 1},
        Fault{"NonsenseInTheHeader", "garbage header", Fate::done, "", "", 1},
        Fault{"AFloodOfWakeUps", "flood 400", Fate::done, "", "", 1},
        Fault{"AFewMegabytesOnStandardError", "chatter 2", Fate::done, "", "", 1}),
    name_of);

// Nonsense that may or may not look like a death: whatever it is taken for, nobody else pays.
class WorkerLies : public ::testing::TestWithParam<const char*> {};

TEST_P(WorkerLies, HurtNobodyElse) {
    Service service({{"workers", "per_device = 2"},
                     {"limits", "stage_timeout_s = 0.6"},
                     {"limits", "kill_timeout_s = 0.3"}});
    Ledger ledger;
    service.start();
    service.drop("liar.jpg", std::string("hrn-sim: garbage ") + GetParam() + "\n");
    for (int i = 0; i < kNeighbours; ++i) {
        ASSERT_TRUE(ledger.drop(service, std::to_string(i) + ".jpg", {}));
    }
    ASSERT_LE(service.wait_all(60), 1) << service.status().dump(1);
    const nlohmann::json status = service.status();
    EXPECT_EQ(
        status.at("done").get<int>() + status.at("failed").get<int>() + status.at("quarantined").get<int>(),
        kNeighbours + 1);
    const auto published = service.published();
    for (int i = 0; i < kNeighbours; ++i) {
        const auto found = published.find(std::to_string(i) + ".jpg");
        ASSERT_NE(found, published.end()) << i;
        EXPECT_EQ(found->second.at("attempts"), 1) << i;
    }
    EXPECT_EQ(service.log().find("internal:"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(InTheir, WorkerLies, ::testing::Values("slots", "threads", "last_words"),
                         [](const auto& row) { return std::string(row.param); });

TEST(WorkerFaults, AWorkerThatHangsWhileLoadingIsEndedAndItsDeviceGivenUp) {
    Service service({{"simulated", "load_ms = 60000.0"},
                     {"limits", "load_timeout_s = 0.3"},
                     {"limits", "kill_timeout_s = 0.2"},
                     {"restart", "max_failures = 2"}});
    service.start();
    service.drop("x.jpg", "image");
    const auto state = [&] {
        const nlohmann::json workers = service.status().at("workers");
        return workers.empty() ? std::string() : workers.at(0).at("state").get<std::string>();
    };
    ASSERT_TRUE(Service::eventually([&] { return state() == "down"; })) << service.status().dump(1);
    bool named = false;
    const nlohmann::json status = service.status();
    for (const auto& problem : status.at("problems")) {
        named = named || problem.at("text").get<std::string>().find("load_timeout_s") != std::string::npos;
    }
    EXPECT_TRUE(named) << status.dump(1);
    EXPECT_EQ(service.status().at("queued"), 1) << "the task waits for a device that works";
}

// Twice above the limit there is no time to ask it to finish what it holds. No time-out comes first, however
// long a busy machine takes to hand the memory out.
TEST(WorkerFaults, ALeakEndsTheWorkerWhoseTaskIsNamedForIt) {
    Service service({{"limits", "worker_max_rss_mb = 60"}, {"limits", "kill_timeout_s = 0.3"}});
    Ledger ledger;
    service.start();
    ASSERT_TRUE(ledger.drop(service, "0.jpg", {}));
    ASSERT_TRUE(
        ledger.drop(service, "bad.jpg",
                    {Fate::quarantined, "hrn-sim: leak 150\nhrn-sim: slow 5000\n", "killed_for_memory", 3}));
    ASSERT_TRUE(ledger.drop(service, "1.jpg", {}));
    ASSERT_EQ(service.wait_all(120), 1) << service.status().dump(1);
    for (const std::string& violation : ledger.judge(service, Rules{})) {
        ADD_FAILURE() << violation;
    }
    EXPECT_NE(read_whole(service.root() + "/spool/failed/bad.jpg.error.json").find("worker_max_rss_mb"),
              std::string::npos);
}

TEST(WorkerFaults, ChattererIsReadSlowlyAndItsSupervisorStaysSmall) {
    Service service({{"limits", "stage_timeout_s = 1.5"},
                     {"limits", "kill_timeout_s = 0.3"},
                     {"limits", "max_attempts = 1"}});
    Ledger ledger;
    service.start();
    ASSERT_TRUE(
        ledger.drop(service, "loud.jpg", {Fate::quarantined, "hrn-sim: chatter 1000\n", "timeout", 1}));
    ASSERT_EQ(service.wait_all(60), 1);
    EXPECT_LT(status_kilobytes(service.supervisor().pid(), "VmRSS:"), kMostResidentKilobytes);
    for (const std::string& violation : ledger.judge(service, {.exact_attempts = false})) {
        ADD_FAILURE() << violation;
    }
    // 50 lines a second reach the log, whatever a worker writes.
    const std::string log = service.log();
    EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 1500);
}

}  // namespace
}  // namespace hrn::test
