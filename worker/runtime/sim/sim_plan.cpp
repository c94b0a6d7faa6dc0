#include "worker/runtime/sim/sim_plan.hpp"

#include <cmath>
#include <cstring>
#include <numbers>

namespace hrn::runtime::sim {

namespace {

constexpr std::uint64_t kServiceStream = 1;
constexpr std::uint64_t kAccidentStream = 2;
constexpr std::uint64_t kEstimateStream = 3;
constexpr int kNoWorker = -1;  // what belongs to the task alone

// Folds one more word into a seed.
std::uint64_t mix(std::uint64_t seed, std::uint64_t word) {
    return SimRandom(seed ^ SimRandom(word).next()).next();
}

std::uint64_t seed_of(const Config::Simulated& simulated, int worker, const TaskId& id,
                      std::uint64_t stream) {
    std::uint64_t words[2] = {0, 0};
    std::memcpy(words, id.bytes.data(), id.bytes.size());
    std::uint64_t seed = mix(static_cast<std::uint64_t>(simulated.seed), stream);
    seed = mix(seed, static_cast<std::uint64_t>(worker));
    return mix(mix(seed, words[0]), words[1]);
}

double draw_service_ms(const Config::Simulated& simulated, SimRandom& random) {
    const double mean = simulated.service_ms;
    if (simulated.distribution == "exponential") {
        return -mean * std::log(1.0 - random.uniform());
    }
    if (simulated.distribution == "lognormal") {
        const double sigma = simulated.sigma;
        return mean * std::exp(sigma * random.normal() - sigma * sigma / 2);  // keeps the mean
    }
    return mean;
}

double work_ms(const Config::Simulated& simulated, const TaskId& id) {
    SimRandom service(seed_of(simulated, kNoWorker, id, kServiceStream));
    return draw_service_ms(simulated, service);
}

}  // namespace

double estimated_ms(const Config::Simulated& simulated, const TaskId& id) {
    SimRandom error(seed_of(simulated, kNoWorker, id, kEstimateStream));
    return work_ms(simulated, id) * std::exp(simulated.estimate_noise * error.normal());
}

std::uint64_t SimRandom::next() {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

double SimRandom::uniform() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

double SimRandom::normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

SimPlan plan_task(const Config::Simulated& simulated, int worker, const TaskId& id, std::uint32_t attempt) {
    SimPlan plan;
    const auto index = static_cast<std::size_t>(worker);
    const double speed = index < simulated.speeds.size() ? simulated.speeds[index] : 1.0;
    plan.work_ms = work_ms(simulated, id);
    plan.service_ms = plan.work_ms / speed;

    SimRandom accidents(mix(seed_of(simulated, worker, id, kAccidentStream), attempt));
    if (accidents.uniform() < simulated.crash_rate) {
        const bool by_abort = accidents.uniform() < 0.5;
        plan.abort = by_abort;
        plan.crash = !by_abort;
    }
    plan.hang = accidents.uniform() < simulated.hang_rate;
    plan.garbage = accidents.uniform() < simulated.garbage_rate;
    plan.garbage_kind = static_cast<Garbage>(accidents.next() % kGarbageKinds);
    return plan;
}

}  // namespace hrn::runtime::sim
