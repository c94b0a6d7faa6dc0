#include "tests/chaos/failing_calls.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <thread>

#include "tests/chaos/fault_control.hpp"
#include "tests/chaos/random.hpp"
#include "tests/chaos/scenario.hpp"

namespace hrn::test {
namespace {

constexpr int kAborted = 128 + SIGABRT;

struct Row {
    const char* name;
    int error;
    std::uint32_t calls;
    bool costs_attempts;  // may a task pay for it? (its worker cannot tell it from the image's fault)
    // Calls of this kind are so many that N grows by a share of itself, too; 0: by the stride alone.
    double growth;
};

constexpr Row kRows[] = {
    {"ENOSPC", ENOSPC, kDurableCalls, false, 0},      {"EDQUOT", EDQUOT, kDurableCalls, false, 0},
    {"EROFS", EROFS, kDurableCalls, false, 0},        {"EIO", EIO, kDurableCalls | kReadCalls, true, 0.02},
    {"EMFILE", EMFILE, kDescriptorCalls, true, 0.02}, {"ENOMEM", ENOMEM, kMemoryCalls, true, 0.2},
};

// The supervisor may give up and let the next start recover, as its unit says: Restart=always.
void live_through(Service& service, const Ledger& ledger, FaultControl& faults, const Row& row,
                  Totals& totals) {
    constexpr int kMostRestarts = 30;
    for (int restarts = 0;; ++restarts) {
        wait_for_end(service, ledger);
        if (service.supervisor().alive()) {
            return;
        }
        const int status = service.supervisor().wait(std::chrono::seconds(1));
        // 2: it could not read its configuration.
        if (status != 1 && status != 2 && !(row.error == ENOMEM && status == kAborted)) {
            throw std::runtime_error("the supervisor ended with status " + std::to_string(status));
        }
        if (restarts == kMostRestarts) {
            throw std::runtime_error("the supervisor ends again and again");
        }
        service.kill_supervisor();
        ++totals.starts;
        service.launch(faults.environment());
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // as RestartSec
    }
}

bool fail_at(const Row& row, const FaultPlan& plan, Totals& totals, std::vector<std::string>& violations) {
    Service service({{"simulated", "service_ms = 0.0"}});
    FaultControl faults;
    Ledger ledger;
    ++totals.starts;
    service.start(faults.environment());
    faults.arm(plan);
    drop_a_few(service, ledger);
    try {
        live_through(service, ledger, faults, row, totals);
        totals.faults += faults.hits();
        faults.disarm();
        Rules rules;
        rules.exact_attempts = !row.costs_attempts;
        violations = finish_and_judge(service, ledger, rules, totals);
    } catch (const std::exception& error) {
        service.keep();
        violations = {error.what(), "its folder is kept: " + service.root()};
    }
    return faults.hits() > 0;
}

void fail_one_kind(const Row& row, const char* program, const Series& series, Totals& totals) {
    bool fired = true;
    std::uint64_t round = 0;
    for (std::uint64_t number = series.first(); fired && (!series.at || number == *series.at); ++round) {
        const std::uint64_t n = number;
        number += series.stride + static_cast<std::uint64_t>(row.growth * static_cast<double>(n));
        if (!series.share.is_mine(round)) {
            continue;
        }
        Random random(series.seed + static_cast<std::uint64_t>(row.error), n);
        FaultPlan plan;
        plan.program = program;
        plan.calls = row.calls;
        plan.action = FaultAction::fail;
        plan.error = row.error;
        plan.first = n;
        // A worker's trouble is tried again more and more rarely: one failing call is enough to see it.
        const bool one = std::string_view(program) != "hrn-supervisor" || random.chance(50);
        plan.last = n + static_cast<std::uint64_t>(one ? 0 : random.between(1, 30));
        ++totals.rounds;
        std::vector<std::string> violations;
        fired = fail_at(row, plan, totals, violations);
        totals.add(violations, std::string(program) + " met " + row.name + " at calls " +
                                   std::to_string(plan.first) + " to " + std::to_string(plan.last) +
                                   "; again: " + series.again("faults", row.name, n));
    }
}

}  // namespace

void fail_calls(const Series& series, Totals& totals) {
    for (const Row& row : kRows) {
        if (series.wants(row.name)) {
            fail_one_kind(row, "hrn-supervisor", series, totals);
            fail_one_kind(row, "hrn-worker-sim", series, totals);
        }
    }
}

}  // namespace hrn::test
