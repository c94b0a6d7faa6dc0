#include "tests/chaos/power/power_cuts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "shared/unique_fd.hpp"
#include "tests/chaos/ledger.hpp"
#include "tests/chaos/power/power_mount.hpp"
#include "tests/chaos/scenario.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

// Two folders on a real disk: one to mount on, one for what needs no power loss (sockets, device locks).
class Places {
public:
    Places() {
        std::string pattern = "/tmp/hrn-power.XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp " + pattern);
        }
        base_ = pattern;
        files::create_directories(mount());
        files::create_directories(run());
    }
    ~Places() {
        std::error_code ignored;
        files::remove_all(base_, ignored);
    }
    Places(const Places&) = delete;
    Places& operator=(const Places&) = delete;
    [[nodiscard]] std::string mount() const { return base_ + "/disk"; }
    [[nodiscard]] std::string run() const { return base_ + "/run"; }

private:
    std::string base_;
};

// As a careful user does it: `cp FILE… incoming/ && sync`. Files that were not synced are nobody's to keep.
void sync_all_below(const std::string& folder) {
    const auto sync = [](const files::path& path) {
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd || ::fsync(fd.get()) != 0) {
            throw std::runtime_error("cannot sync " + path.string());
        }
    };
    for (const auto& entry : files::recursive_directory_iterator(folder)) {
        sync(entry.path());
    }
    sync(folder);
}

Service::Settings settings_on(const Places& places) {
    return Service::Settings({{"service", "runtime_dir = \"" + places.run() + "\""},
                              {"log", "level = \"error\""},  // each line would be a call to cut at
                              {"simulated", "service_ms = 0.0"}});
}

struct Outcome {
    bool cut = false;
    std::string call;
    std::vector<std::string> violations;
};

Outcome cut_at(std::uint64_t number, Totals& totals) {
    Outcome outcome;
    const Places places;
    Ledger ledger;
    PowerTree left;
    {
        PowerMount disk(places.mount(), PowerTree{});
        Service service(settings_on(places), places.mount());
        drop_a_few(service, ledger);
        sync_all_below(places.mount());
        disk.cut_at(number);
        totals.starts += 2;
        service.launch();
        if (!Service::eventually([&] { return disk.is_cut() || is_through(service, ledger); },
                                 std::chrono::seconds(60))) {
            throw std::runtime_error("the service did not finish its work before the power was cut");
        }
        outcome.cut = disk.is_cut();
        outcome.call = disk.cut_call();
        service.kill_supervisor();
        left = disk.survivors();
    }
    const PowerMount disk(places.mount(), std::move(left));
    Service service(settings_on(places), places.mount());
    Rules rules;
    outcome.violations = finish_and_judge(service, ledger, rules, totals);
    return outcome;
}

}  // namespace

void cut_power(std::uint64_t seed, std::uint64_t stride, Totals& totals) {
    if (!PowerMount::can_mount()) {
        throw std::runtime_error("nothing can be mounted here: power loss needs root and /dev/fuse");
    }
    bool cut = true;
    for (std::uint64_t number = 1 + seed % stride; cut; number += stride) {
        ++totals.rounds;
        Outcome outcome;
        try {
            outcome = cut_at(number, totals);
        } catch (const std::exception& error) {
            outcome.cut = true;
            outcome.violations.push_back(error.what());
        }
        totals.add(outcome.violations,
                   "power cut before call " + std::to_string(number) + " (" + outcome.call + ")");
        cut = outcome.cut;
        totals.power_cuts += cut ? 1 : 0;
    }
}

}  // namespace hrn::test
