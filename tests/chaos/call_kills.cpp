#include "tests/chaos/call_kills.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/behaviour/support/service.hpp"
#include "tests/chaos/fault_control.hpp"
#include "tests/chaos/ledger.hpp"
#include "tests/chaos/random.hpp"
#include "tests/chaos/scenario.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

// One run of a program under one plan: says what went wrong, and whether the N-th call happened.
struct Outcome {
    bool fired = false;
    std::string call;
    std::vector<std::string> violations;
};
using Scenario = std::function<Outcome(const FaultPlan&, std::uint64_t seed, Totals&)>;

void finish(Service& service, const Ledger& ledger, FaultControl& faults, Outcome& outcome, Totals& totals) {
    outcome.fired = faults.hits() > 0;
    outcome.call = faults.last_call();
    faults.disarm();
    outcome.violations = finish_and_judge(service, ledger, Rules{}, totals);
}

Outcome kill_from_the_first_start(const FaultPlan& plan, std::uint64_t, Totals& totals) {
    Outcome outcome;
    Service service({{"simulated", "service_ms = 0.0"}});
    FaultControl faults;
    Ledger ledger;
    faults.arm(plan);
    ++totals.starts;
    service.launch(faults.environment());
    drop_a_few(service, ledger);
    wait_for_end(service, ledger);
    finish(service, ledger, faults, outcome, totals);
    return outcome;
}

Outcome kill_in_recovery(const FaultPlan& plan, std::uint64_t seed, Totals& totals) {
    Outcome outcome;
    Service service({{"simulated", "service_ms = 2.0"}, {"workers", "per_device = 2"}});
    FaultControl faults;
    Ledger ledger;
    Random random(seed, plan.first);
    totals.starts += 2;
    service.start();
    drop_a_few(service, ledger);
    for (int i = 0; i < 6; ++i) {
        static_cast<void>(ledger.drop(service, "more/" + std::to_string(i) + ".jpg", {}));
    }
    ::usleep(static_cast<useconds_t>(random.between(0, 60'000)));
    service.kill_supervisor();
    ++totals.supervisor_kills;
    faults.arm(plan);
    service.launch(faults.environment());
    wait_for_end(service, ledger);
    finish(service, ledger, faults, outcome, totals);
    return outcome;
}

// The two files of a folder are handed in; the client dies; what it left must be whole or not there.
Outcome kill_client(const FaultPlan& plan, std::uint64_t, Totals& totals) {
    Outcome outcome;
    Service service({{"simulated", "service_ms = 0.0"}});
    FaultControl faults;
    const files::path sources = service.root() + "/sources";
    files::create_directories(sources / "deep");
    std::ofstream(sources / "one.jpg") << std::string(100'000, '1');
    std::ofstream(sources / "deep/two.jpg") << std::string(100'000, '2');
    ++totals.starts;
    service.start();
    const std::vector<std::string> submit = {
        "--config", service.root() + "/hrn.toml", "submit", sources, "--recursive", "--copy"};
    faults.arm(plan);
    static_cast<void>(run_program(bin("hrn-ctl"), submit, faults.environment()));
    outcome.fired = faults.hits() > 0;
    outcome.call = faults.last_call();
    faults.disarm();
    static_cast<void>(service.wait_all(60));
    for (const auto& [name, result] : service.published()) {
        const std::string source = result.at("source").get<std::string>();
        if (read_whole(service.root() + "/spool/done/" + name) != read_whole(service.root() + "/" + source)) {
            outcome.violations.push_back("half a file was taken in: " + name);
        }
    }
    if (outcome.fired && run_program(bin("hrn-ctl"), submit).status != 0) {
        outcome.violations.push_back("the folder cannot be handed in again");
    }
    static_cast<void>(service.wait_all(60));
    const auto published = service.published();
    for (const char* name : {"sources/one.jpg", "sources/deep/two.jpg"}) {
        if (published.count(name) != 1) {
            outcome.violations.push_back(std::string(name) + " has no result: lost");
        }
    }
    totals.tasks += published.size();
    if (!outcome.violations.empty()) {
        service.keep();
    }
    return outcome;
}

struct Row {
    const char* name;
    const char* program;
    std::uint64_t Totals::*kills;
    Scenario scenario;
};

}  // namespace

void kill_at_calls(const Series& series, Totals& totals) {
    const Row rows[] = {
        {"first start", "hrn-supervisor", &Totals::supervisor_kills, kill_from_the_first_start},
        {"recovery", "hrn-supervisor", &Totals::supervisor_kills, kill_in_recovery},
        {"worker", "hrn-worker-sim", &Totals::worker_kills, kill_from_the_first_start},
        {"client", "hrn-ctl", &Totals::client_kills, kill_client},
    };
    for (const Row& row : rows) {
        if (!series.wants(row.name)) {
            continue;
        }
        for (const FaultAction action : {FaultAction::kill_before, FaultAction::kill_after}) {
            std::uint64_t fired = 0;
            const std::uint64_t step = series.stride * series.share.of;
            for (std::uint64_t number = series.first() + series.share.index * series.stride;;
                 number += step) {
                FaultPlan plan;
                plan.program = row.program;
                plan.action = action;
                plan.first = plan.last = number;
                ++totals.rounds;
                Outcome outcome;
                try {
                    outcome = row.scenario(plan, series.seed, totals);
                } catch (const std::exception& error) {
                    outcome.violations.push_back(error.what());
                }
                const std::string how = std::string(row.name) + ", killed " +
                                        (action == FaultAction::kill_before ? "before" : "after") + " call " +
                                        std::to_string(number) + " (" + outcome.call + ") of " + row.program +
                                        "; again: " + series.again("calls", row.name, number);
                totals.add(outcome.violations, how);
                if (!outcome.fired) {
                    break;
                }
                ++fired;
                ++totals.call_kills;
                ++(totals.*row.kills);
                if (series.at) {
                    break;
                }
            }
            if (fired == 0 && series.share.index == 0) {
                totals.add({"the layer counted no call"}, row.name);
            }
        }
    }
}

}  // namespace hrn::test
