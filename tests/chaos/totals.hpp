// What a chaos run counts, and its report as text and JSON. Used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hrn::test {

struct Totals {
    std::uint64_t rounds = 0;
    std::uint64_t worker_kills = 0;
    std::uint64_t supervisor_kills = 0;
    std::uint64_t client_kills = 0;  // hrn-ctl
    std::uint64_t call_kills = 0;    // of the three above, at a counted call
    std::uint64_t faults = 0;        // calls that were made to fail
    std::uint64_t power_cuts = 0;
    std::uint64_t starts = 0;  // of the supervisor
    std::uint64_t tasks = 0;
    std::uint64_t lost = 0;
    std::uint64_t repeated = 0;
    std::vector<std::string> violations;  // each with what repeats it
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();

    [[nodiscard]] std::uint64_t kills() const { return worker_kills + supervisor_kills + client_kills; }
    // Books the violations of one round; `how` repeats it.
    void add(const std::vector<std::string>& found, const std::string& how);

    // Adds what another process counted, as its json() tells it.
    void add(const nlohmann::json& others);

    [[nodiscard]] nlohmann::json json(std::uint64_t seed) const;
    [[nodiscard]] std::string text(std::uint64_t seed) const;
};

}  // namespace hrn::test
