// hrn-power-cuts: the service on a disk that loses whatever was not synced; the power goes at every call, one
// after the other (docs/chaos.md).
//
//   hrn-power-cuts [--stride N] [--seed S] [--json FILE]
//
// Exit status: 0 nothing was lost, repeated or wrong; 1 something was; 2 usage; 77 nothing can be mounted
// here.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "tests/chaos/power/power_cuts.hpp"
#include "tests/chaos/power/power_mount.hpp"

int main(int argc, char** argv) {
    constexpr int kSkipped = 77;
    std::uint64_t seed = 0, stride = 1;
    std::string json;
    CLI::App app("hrn-power-cuts: cuts the power at every call and looks what is left");
    app.add_option("--stride", stride, "only every so many-th call")->check(CLI::PositiveNumber);
    app.add_option("--seed", seed, "where a stride begins");
    app.add_option("--json", json, "write the report to this file, too");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (!hrn::test::PowerMount::can_mount()) {
        std::cerr << "hrn-power-cuts: needs root and /dev/fuse\n";
        return kSkipped;
    }
    hrn::test::Totals totals;
    hrn::test::cut_power(seed, stride, totals);
    std::cout << totals.text(seed);
    if (!json.empty()) {
        std::ofstream(json) << totals.json(seed).dump(2) << '\n';
    }
    return totals.violations.empty() ? 0 : 1;
}
