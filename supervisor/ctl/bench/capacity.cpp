#include "supervisor/ctl/bench/capacity.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <queue>

namespace hrn::ctl {
namespace {

constexpr double kAffordableDraws = 2e7;

}  // namespace

DrawSeconds draw_from(const ServiceTimes& times) {
    const double mean = times.service_ms / 1000;
    if (times.distribution == "exponential") {
        return [distribution = std::exponential_distribution<double>(1 / std::max(mean, 1e-9))](
                   Random& random) mutable { return distribution(random); };
    }
    if (times.distribution == "lognormal") {
        // Its mean, not its median, is service_ms, as in hrn-worker-sim.
        const double sigma = times.sigma;
        return [distribution = std::lognormal_distribution<double>(
                    std::log(std::max(mean, 1e-9)) - sigma * sigma / 2, sigma)](Random& random) mutable {
            return distribution(random);
        };
    }
    return [mean](Random&) { return mean; };
}

DrawSeconds draw_from(std::vector<double> seconds) {
    return [seconds = std::move(seconds)](Random& random) {
        return seconds[std::uniform_int_distribution<std::size_t>(0, seconds.size() - 1)(random)];
    };
}

int runs_for(long images) {
    return static_cast<int>(std::clamp(kAffordableDraws / static_cast<double>(images), 20.0, 400.0));
}

std::vector<double> simulate(long images, int devices, const DrawSeconds& draw, int runs,
                             std::uint64_t seed) {
    std::vector<double> makespans;
    for (int run = 0; run < runs; ++run) {
        Random random(seed + static_cast<std::uint64_t>(run) * 0x9E3779B97F4A7C15ULL);
        std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
        for (int i = 0; i < devices; ++i) {
            free_at.push(0);
        }
        double end = 0;
        for (long i = 0; i < images; ++i) {
            const double done = free_at.top() + draw(random);
            free_at.pop();
            free_at.push(done);
            end = std::max(end, done);
        }
        makespans.push_back(end);
    }
    std::sort(makespans.begin(), makespans.end());
    return makespans;
}

CapacityPlan plan_capacity(long images, double deadline, double confidence, int most, const DrawSeconds& draw,
                           std::uint64_t seed) {
    const int runs = runs_for(images);
    std::map<int, CapacityRow> looked_at;
    const auto enough = [&](int devices) {
        auto [place, fresh] = looked_at.try_emplace(devices);
        if (fresh) {
            const std::vector<double> makespans = simulate(images, devices, draw, runs, seed);
            const double rank = std::ceil(confidence * static_cast<double>(runs));
            const double sure = makespans[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
            const double sum = std::accumulate(makespans.begin(), makespans.end(), 0.0);
            place->second = {devices, sum / runs, sure, sure <= deadline};
        }
        return place->second.in_time;
    };
    // More devices are never slower, so halving finds the fewest.
    int low = 1, high = 1;
    while (high < most && !enough(high)) {
        low = high + 1;
        high = std::min(most, 2 * high);
    }
    CapacityPlan plan;
    if (enough(high)) {
        while (low < high) {
            const int middle = low + (high - low) / 2;
            if (enough(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        plan.devices = high;
    }
    for (const auto& [devices, row] : looked_at) {
        plan.rows.push_back(row);
    }
    return plan;
}

}  // namespace hrn::ctl
