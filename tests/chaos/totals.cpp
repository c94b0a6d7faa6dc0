#include "tests/chaos/totals.hpp"

#include <iostream>

namespace hrn::test {

void Totals::add(const std::vector<std::string>& found, const std::string& how) {
    for (const std::string& violation : found) {
        lost += violation.ends_with(": lost") || violation.ends_with(" no place") ? 1 : 0;
        repeated += violation.ends_with(": repeated") ? 1 : 0;
        violations.push_back(violation + " [" + how + "]");
        std::cerr << "hrn-chaos: " << violations.back() << '\n';
    }
}

nlohmann::json Totals::json(std::uint64_t seed) const {
    return {{"seed", seed},
            {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count()},
            {"rounds", rounds},
            {"kills", kills()},
            {"kills_of_workers", worker_kills},
            {"kills_of_supervisors", supervisor_kills},
            {"kills_of_clients", client_kills},
            {"kills_at_a_call", call_kills},
            {"failed_calls", faults},
            {"power_cuts", power_cuts},
            {"starts", starts},
            {"tasks", tasks},
            {"lost", lost},
            {"repeated", repeated},
            {"violations", violations}};
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
