#include "worker/runtime/hrn/precision_choice.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string_view>

namespace hrn::runtime {

namespace {

constexpr Deviation kBounds{1.5e-4, 2e-3, 1.5e-3};
constexpr double kEqualRates = 0.9;

// By bits of mantissa; the order among equally fast ones.
constexpr std::array<std::string_view, 4> kByMantissa{"fp32", "tf32", "fp16", "bf16"};

std::size_t place_of(const std::string& precision) {
    return static_cast<std::size_t>(std::find(kByMantissa.begin(), kByMantissa.end(), precision) -
                                    kByMantissa.begin());
}

// Sum, greatest and number of the differences so far.
struct Differences {
    double sum = 0;
    double most = 0;
    std::size_t count = 0;

    void add(const std::vector<float>& reference, const std::vector<float>& got) {
        if (reference.size() != got.size()) {
            sum = most = std::numeric_limits<double>::infinity();
            return;
        }
        for (std::size_t i = 0; i < got.size(); ++i) {
            const double difference = std::abs(static_cast<double>(got[i]) - reference[i]);
            // A NaN is as far as can be.
            const double counted =
                std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
            sum += counted;
            most = std::max(most, counted);
        }
        count += got.size();
    }
    [[nodiscard]] double mean() const { return count == 0 ? sum : sum / static_cast<double>(count); }
};

}  // namespace

Deviation deviation(std::span<const Reconstruction> reference, std::span<const Reconstruction> got) {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    if (reference.size() != got.size()) {
        return {kInfinite, kInfinite, kInfinite};
    }
    Differences mesh;
    Differences texture;
    for (std::size_t i = 0; i < got.size(); ++i) {
        mesh.add(reference[i].vertices, got[i].vertices);
        texture.add(reference[i].texture, got[i].texture);
    }
    return {mesh.mean(), mesh.most, texture.mean()};
}

bool within_bounds(const Deviation& deviation) {
    return deviation.mesh_mean <= kBounds.mesh_mean && deviation.mesh_max <= kBounds.mesh_max &&
           deviation.texture_mean <= kBounds.texture_mean;
}

std::string deviation_text(const Deviation& deviation) {
    char text[128];
    std::snprintf(text, sizeof text, "mesh %.1e dm in the mean, %.1e at most; texture %.1e",
                  deviation.mesh_mean, deviation.mesh_max, deviation.texture_mean);
    return text;
}

std::vector<std::string> by_speed(std::vector<MatrixRate> rates) {
    std::vector<std::string> order;
    while (!rates.empty()) {
        const double fastest =
            std::max_element(rates.begin(), rates.end(), [](const MatrixRate& a, const MatrixRate& b) {
                return a.tflops < b.tflops;
            })->tflops;
        auto next = rates.end();
        for (auto rate = rates.begin(); rate != rates.end(); ++rate) {
            const bool fast = rate->tflops >= kEqualRates * fastest;
            if (fast && (next == rates.end() || place_of(rate->precision) < place_of(next->precision))) {
                next = rate;
            }
        }
        order.push_back(next->precision);
        rates.erase(next);
    }
    // Nothing after fp32 could be chosen: it is what the others are measured against.
    const auto reference = std::find(order.begin(), order.end(), "fp32");
    order.erase(reference == order.end() ? reference : reference + 1, order.end());
    return order;
}

std::string fastest_within_bounds(const std::vector<std::string>& candidates, const Reconstruct& reconstruct,
                                  const Report& report) {
    if (candidates.empty() || candidates.front() == "fp32") {
        return "fp32";
    }
    const auto reference = reconstruct("fp32");
    if (!reference) {
        report("precision auto: the self-check gives no face even in fp32, so fp32 it is");
        return "fp32";
    }
    for (const std::string& candidate : candidates) {
        if (candidate == "fp32") {
            break;
        }
        const auto got = reconstruct(candidate);
        if (!got) {
            report("precision auto: " + candidate + " gives no face where fp32 does");
            continue;
        }
        const Deviation distance = deviation(*reference, *got);
        const bool passes = within_bounds(distance);
        report("precision auto: " + candidate + (passes ? " passes" : " is too far") + ": " +
               deviation_text(distance));
        if (passes) {
            return candidate;
        }
    }
    return "fp32";
}

}  // namespace hrn::runtime
