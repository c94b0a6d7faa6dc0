// hrn-chaos: does whatever can be done to a running service, and counts what is lost and what is repeated
// (docs/chaos.md).
//
//   hrn-chaos --seed S --kills 10000         random kills of workers and supervisor
//   hrn-chaos --seed S --round R             the R-th of these rounds alone, to repeat a failure
//   hrn-chaos --calls 1                      a kill before and after each durable call of each program
//   hrn-chaos --faults 1                     each call fails: disks full, read-only, broken; no descriptors,
//   no memory
//   ... --kind NAME --at N                   of --calls or --faults: only this kind and this N
//   ... --jobs N                             N processes share the rounds: a service each, no order among
//   them
//   ... --json FILE                          the report once more, for programs
//
// Exit status: 0 nothing was lost, repeated or wrong; 1 something was; 2 usage.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <optional>

#include "tests/chaos/call_kills.hpp"
#include "tests/chaos/crew.hpp"
#include "tests/chaos/failing_calls.hpp"
#include "tests/chaos/random_kills.hpp"

namespace {

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t kills = 0;
    std::optional<std::uint64_t> round;
    std::uint64_t calls = 0;
    std::uint64_t faults = 0;
    std::uint64_t jobs = 1;
    std::string kind;
    std::optional<std::uint64_t> at;
    std::string json;
};

// Of one process: its part of the kills, from its own rounds of the series.
void kill_at_random(const Options& options, hrn::test::Share share, hrn::test::Totals& totals) {
    const std::uint64_t wanted = options.kills / share.of + (share.index < options.kills % share.of ? 1 : 0);
    for (std::uint64_t round = share.index; totals.kills() < wanted; round += share.of) {
        run_random_round(options.seed, round, wanted - totals.kills(), totals);
        if (totals.rounds % 50 == 0) {
            std::cerr << totals.kills() << " of " << wanted << " kills, " << totals.tasks << " tasks, "
                      << totals.violations.size() << " violations\n";
        }
    }
}

nlohmann::json run_share(const Options& options, hrn::test::Share share) {
    using namespace hrn::test;
    Totals totals;
    kill_at_random(options, share, totals);
    if (options.calls > 0) {
        kill_at_calls({options.seed, options.calls, options.at, options.kind, share}, totals);
    }
    if (options.faults > 0) {
        fail_calls({options.seed, options.faults, options.at, options.kind, share}, totals);
    }
    return totals.json(options.seed);
}

int run(const Options& options) {
    using namespace hrn::test;
    constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
    Totals totals;
    if (options.round) {
        run_random_round(options.seed, *options.round, kNoLimit, totals);
    } else if (options.jobs == 1) {
        totals.add(run_share(options, Share{}));
    } else {
        for (const nlohmann::json& counts :
             share_out(options.jobs, [&](Share share) { return run_share(options, share); })) {
            totals.add(counts);
        }
    }
    std::cout << totals.text(options.seed);
    if (!options.json.empty()) {
        std::ofstream(options.json) << totals.json(options.seed).dump(2) << '\n';
    }
    return totals.violations.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("hrn-chaos: kills a running service in every way and counts what is lost");
    app.add_option("--seed", options.seed, "decides everything but the scheduler's part; default 1");
    app.add_option("--kills", options.kills, "random kills, in rounds of a fresh service each");
    app.add_option("--round", options.round, "only this round of --kills");
    app.add_option("--calls", options.calls, "kill at every N-th durable call: 1, or a stride");
    app.add_option("--faults", options.faults, "let every N-th call fail: 1, or a stride");
    app.add_option("--kind", options.kind, "of --calls, --faults: only this one, such as recovery or EIO");
    app.add_option("--at", options.at, "of --calls, --faults: only at this call");
    app.add_option("--jobs", options.jobs, "processes that share the rounds; default 1")
        ->check(CLI::Range(1, 256));
    app.add_option("--json", options.json, "write the report to this file, too");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return run(options);
    } catch (const std::exception& error) {
        std::cerr << "hrn-chaos: " << error.what() << '\n';
        return 1;
    }
}
