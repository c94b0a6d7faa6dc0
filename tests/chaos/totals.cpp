#include "tests/chaos/totals.hpp"

#include <iostream>
#include <utility>

namespace hrn::test {

void Totals::add(const std::vector<std::string>& found, const std::string& how) {
    for (const std::string& violation : found) {
        lost += violation.ends_with(": lost") || violation.ends_with(" no place") ? 1 : 0;
        repeated += violation.ends_with(": repeated") ? 1 : 0;
        violations.push_back(violation + " [" + how + "]");
        std::cerr << "hrn-chaos: " << violations.back() << '\n';
    }
}

namespace {

// The counts, by the names that the report gives them.
constexpr std::pair<const char*, std::uint64_t Totals::*> kCounts[] = {
    {"rounds", &Totals::rounds},
    {"kills_of_workers", &Totals::worker_kills},
    {"kills_of_supervisors", &Totals::supervisor_kills},
    {"kills_of_clients", &Totals::client_kills},
    {"kills_at_a_call", &Totals::call_kills},
    {"failed_calls", &Totals::faults},
    {"power_cuts", &Totals::power_cuts},
    {"starts", &Totals::starts},
    {"tasks", &Totals::tasks},
    {"lost", &Totals::lost},
    {"repeated", &Totals::repeated},
};

}  // namespace

void Totals::add(const nlohmann::json& others) {
    for (const auto& [name, count] : kCounts) {
        this->*count += others.at(name).get<std::uint64_t>();
    }
    for (const nlohmann::json& violation : others.at("violations")) {
        violations.push_back(violation.get<std::string>());
    }
}

nlohmann::json Totals::json(std::uint64_t seed) const {
    nlohmann::json report = {
        {"seed", seed},
        {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count()},
        {"kills", kills()},
        {"violations", violations}};
    for (const auto& [name, count] : kCounts) {
        report[name] = this->*count;
    }
    return report;
}

std::string Totals::text(std::uint64_t seed) const {
    const nlohmann::json numbers = json(seed);
    std::string text;
    for (const auto& [name, value] : numbers.items()) {
        if (name != "violations") {
            std::string label = name;
            label.resize(24, ' ');
            text += label + value.dump() + "\n";
        }
    }
    return text + (violations.empty() ? "every task ended exactly once\n"
                                      : std::to_string(violations.size()) + " violations\n");
}

}  // namespace hrn::test
