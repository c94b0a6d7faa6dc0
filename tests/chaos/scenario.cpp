#include "tests/chaos/scenario.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace hrn::test {

void drop_a_few(const Service& service, Ledger& ledger) {
    const Order bad{Fate::failed, "hrn-sim: no_face\n", "no_face", 1};
    for (const auto& [rel, order] : {std::pair<std::string, Order>{"a/one.jpg", {}},
                                     {"two.jpg", {}},
                                     {"two.png", bad},
                                     {"a/b/three.jpg", {}}}) {
        static_cast<void>(ledger.drop(service, rel, order));
    }
}

bool is_through(const Service& service, const Ledger& ledger) {
    const Finished status = service.ctl({"status", "--json"});
    if (status.status != 0) {
        return false;
    }
    const nlohmann::json numbers = nlohmann::json::parse(status.out);
    std::size_t ended = 0;
    for (const char* state : {"done", "failed", "quarantined"}) {
        ended += numbers.at(state).get<std::size_t>();
    }
    return ended == ledger.size();
}

void wait_for_end(Service& service, const Ledger& ledger) {
    if (!Service::eventually([&] { return !service.supervisor().alive() || is_through(service, ledger); },
                             std::chrono::seconds(60))) {
        service.keep();
        throw std::runtime_error("the service neither ended nor finished its work; see " + service.root());
    }
}

std::vector<std::string> finish_and_judge(Service& service, const Ledger& ledger, const Rules& rules,
                                          Totals& totals) {
    if (!service.supervisor().alive()) {
        service.kill_supervisor();  // reaps it, and sees its workers go
        ++totals.starts;
        service.start();
    }
    std::vector<std::string> violations;
    if (const int status = service.wait_all(120); status > 1) {
        violations.push_back("hrn-ctl wait ended with " + std::to_string(status));
    }
    const auto more = ledger.judge(service, rules);
    violations.insert(violations.end(), more.begin(), more.end());
    totals.tasks += ledger.size();
    if (!violations.empty()) {
        service.keep();
        violations.push_back("its folder is kept: " + service.root());
    }
    return violations;
}

}  // namespace hrn::test
