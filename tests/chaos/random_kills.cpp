#include "tests/chaos/random_kills.hpp"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/behaviour/support/service.hpp"
#include "tests/chaos/fault_control.hpp"
#include "tests/chaos/ledger.hpp"
#include "tests/chaos/random.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

// What a round is about; it decides how exactly the books must be right.
enum class Kind {
    clean,          // no image does any harm: whoever dies, each task has one attempt
    poison,         // images that kill workers, and workers killed by others; the supervisor lives
    mixed,          // all of it: an innocent may be found alone in a killed service, and has more attempts
    store_lost,     // state_dir is deleted while the service is dead
    store_damaged,  // garbage is written into the task store while the service is dead
};

constexpr int kMixedAttempts = 8;

Kind choose_kind(Random& random) {
    const int number = random.between(1, 100);
    return number <= 55   ? Kind::clean
           : number <= 72 ? Kind::poison
           : number <= 90 ? Kind::mixed
           : number <= 95 ? Kind::store_lost
                          : Kind::store_damaged;
}

class Round {
public:
    Round(std::uint64_t seed, std::uint64_t round, std::uint64_t most_kills, Totals& totals)
        : random_(seed, round),
          most_kills_(most_kills),
          totals_(totals),
          kind_(choose_kind(random_)),
          deletes_originals_(random_.chance(15)),
          service_(settings()) {}

    // Nothing is thrown: a service that does not come up is a violation, too.
    std::vector<std::string> run() {
        std::vector<std::string> found;
        try {
            kill_for_a_while();
            ensure_up();
            if (const int status = service_.wait_all(120); status > 1) {
                found.push_back("hrn-ctl wait ended with " + std::to_string(status));
            }
            const auto more = ledger_.judge(service_, rules());
            found.insert(found.end(), more.begin(), more.end());
        } catch (const std::exception& error) {
            found.push_back(error.what());
        }
        totals_.tasks += ledger_.size();
        if (!found.empty()) {
            service_.keep();
            found.push_back("its folder is kept: " + service_.root());
        }
        return found;
    }

private:
    void kill_for_a_while() {
        start();
        if (kind_ == Kind::poison && random_.chance(50)) {
            arm();
        }
        const int steps = random_.between(4, 24);
        for (int step = 0; step < steps && kills_ < most_kills_; ++step) {
            drop_some();
            rest();
            if (!service_.supervisor().alive()) {
                note_call_kill();
                revive();
            } else {
                kill_something();
            }
        }
    }

    void ensure_up() {
        faults_.disarm();
        note_call_kill();
        // One that was killed a moment ago may still look alive: its death is an answer, too.
        if (!Service::eventually(
                [&] { return !service_.supervisor().alive() || service_.ctl({"status"}).status == 0; })) {
            throw std::runtime_error("the supervisor lives and does not answer");
        }
        if (!service_.supervisor().alive()) {
            start();
        }
    }

    [[nodiscard]] Service::Settings settings() {
        const char* distributions[] = {"constant", "exponential", "lognormal"};
        const char* policies[] = {"dynamic", "static"};
        Service::Settings settings({
            {"workers", "per_device = " + std::to_string(random_.between(1, 4))},
            {"workers", "batch_size = " + std::to_string(random_.between(1, 4))},
            {"simulated", "service_ms = " + std::to_string(random_.between(0, 12)) + ".0"},
            {"simulated", std::string("distribution = \"") + distributions[random_.between(0, 2)] + "\""},
            {"scheduling", std::string("policy = \"") + policies[random_.between(0, 1)] + "\""},
            {"spool", "active_limit = " + std::to_string(random_.chance(20) ? 5 : 2000)},
        });
        if (deletes_originals_) {
            settings.add("service", "originals = \"delete\"");
        }
        if (kind_ == Kind::mixed) {
            settings.add("limits", "max_attempts = " + std::to_string(kMixedAttempts));
        }
        return settings;
    }

    [[nodiscard]] Rules rules() const {
        Rules rules;
        rules.originals_kept = !deletes_originals_;
        rules.store_kept = kind_ != Kind::store_lost && kind_ != Kind::store_damaged;
        rules.exact_attempts = kind_ == Kind::clean || kind_ == Kind::poison;
        rules.most_attempts = kind_ == Kind::mixed ? kMixedAttempts : 3;
        return rules;
    }

    // --- the stream of drops
    // --------------------------------------------------------------------------------
    [[nodiscard]] Order choose_order() {
        if (random_.chance(8)) {
            return {Fate::failed, "hrn-sim: no_face\n", "no_face", 1};
        }
        if (kind_ == Kind::poison && random_.chance(4)) {
            return {Fate::quarantined, "hrn-sim: crash\n", "worker_crashed", 3};
        }
        if (kind_ == Kind::mixed && random_.chance(3)) {
            return {Fate::quarantined, "hrn-sim: abort in write\n", "", kMixedAttempts};
        }
        return {};
    }

    void drop_some() {
        for (int left = random_.between(0, 12); left > 0; --left) {
            const std::string folder =
                random_.chance(50) ? "" : "f" + std::to_string(random_.between(1, 3)) + "/";
            // Few names: many files come under a name that exists already.
            const std::string rel = folder + std::to_string(random_.between(1, 200)) + ".jpg";
            static_cast<void>(ledger_.drop(service_, rel, choose_order()));
        }
    }

    void rest() {
        const int kind = random_.between(1, 10);
        const int longest = kind <= 4 ? 5 : kind <= 8 ? 40 : 150;
        std::this_thread::sleep_for(std::chrono::microseconds(random_.between(0, longest * 1000)));
    }

    // --- kills
    // ----------------------------------------------------------------------------------------------
    void kill_something() {
        const int choice = random_.between(1, 100);
        if (kind_ == Kind::poison || choice <= 45) {
            kill_worker();
        } else if (choice <= 90) {
            kill_supervisor(false);
        } else {
            kill_supervisor(true);
        }
    }

    void kill_worker() {
        const std::vector<pid_t> workers = service_.worker_pids();
        if (!workers.empty() && ::kill(workers[random_.number() % workers.size()], SIGKILL) == 0) {
            ++totals_.worker_kills;
            ++kills_;
        }
    }

    void kill_supervisor(bool with_workers) {
        if (with_workers) {
            for (const pid_t worker : service_.worker_pids()) {
                totals_.worker_kills += ::kill(worker, SIGKILL) == 0 ? 1 : 0;
            }
        }
        service_.kill_supervisor();
        ++totals_.supervisor_kills;
        ++kills_;
        faults_.disarm();
        revive();
    }

    void note_call_kill() {
        if (armed_ && faults_.hits() > 0) {
            ++(worker_armed_ ? totals_.worker_kills : totals_.supervisor_kills);
            ++totals_.call_kills;
            ++kills_;
        }
        armed_ = false;
    }

    // After the death of the supervisor: what may happen to its store, and a start that may be killed at
    // once.
    void revive() {
        faults_.disarm();
        service_.kill_supervisor();  // reaps it, and sees its workers go
        if (kind_ == Kind::store_lost && random_.chance(30)) {
            files::remove_all(service_.root() + "/state");
            files::create_directories(service_.root() + "/state");
        }
        if (kind_ == Kind::store_damaged && random_.chance(30)) {
            damage_store();
        }
        if (random_.chance(40)) {
            arm();
        }
        if (random_.chance(35)) {
            service_.launch(faults_.environment());  // and the next kill meets it while it starts
            ++totals_.starts;
        } else {
            start();
        }
    }

    // Whole pages of garbage: what SQLite can notice.
    void damage_store() {
        const std::string path = service_.root() + "/state/tasks.db";
        if (files::exists(path)) {
            std::fstream store(path, std::ios::in | std::ios::out | std::ios::binary);
            store << std::string(static_cast<std::size_t>(random_.between(1, 3)) * 4096, '\xA5');
        }
    }

    void arm() {
        FaultPlan plan;
        worker_armed_ = random_.chance(40);
        plan.program = worker_armed_ ? "hrn-worker-sim" : "hrn-supervisor";
        plan.action = random_.chance(50) ? FaultAction::kill_before : FaultAction::kill_after;
        plan.first = plan.last = static_cast<std::uint64_t>(random_.between(1, worker_armed_ ? 40 : 120));
        if (kind_ == Kind::poison && !worker_armed_) {
            return;
        }
        faults_.arm(plan);
        armed_ = true;
    }

    // Waits until the service answers, or has died of the armed plan.
    void start() {
        ++totals_.starts;
        service_.launch(faults_.environment());
        const bool answered = Service::eventually(
            [&] { return !service_.supervisor().alive() || service_.ctl({"status"}).status == 0; },
            std::chrono::seconds(60));  // a machine may be busy with others
        const bool killed = armed_ && !worker_armed_ && faults_.hits() > 0;
        if (!killed && (!answered || !service_.supervisor().alive())) {
            throw std::runtime_error("the supervisor did not come up again");
        }
    }

    Random random_;
    const std::uint64_t most_kills_;
    Totals& totals_;
    const Kind kind_;
    const bool deletes_originals_;
    Service service_;
    FaultControl faults_;
    Ledger ledger_;
    std::uint64_t kills_ = 0;
    bool armed_ = false, worker_armed_ = false;
};

}  // namespace

void run_random_round(std::uint64_t seed, std::uint64_t round, std::uint64_t most_kills, Totals& totals) {
    ++totals.rounds;
    totals.add(Round(seed, round, most_kills, totals).run(),
               "--seed " + std::to_string(seed) + " --round " + std::to_string(round));
}

}  // namespace hrn::test
