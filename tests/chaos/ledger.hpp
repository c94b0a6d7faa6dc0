// What was dropped into a spool and what must have come of it: the accountant of every chaos run. Each
// dropped file has contents of its own, so that it is known again wherever it lies, whatever name it got.
//
// Used by one thread. Violations are sentences; an empty list means that the books are right.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {

enum class Fate : std::uint8_t { done, failed, quarantined };

// What a dropped file asks of hrn-worker-sim, and how it must end.
struct Order {
    Fate fate = Fate::done;
    std::string commands;        // lines for hrn-worker-sim, each with its line feed
    std::string code;            // of a failure; empty: any
    std::uint32_t attempts = 1;  // exactly, where Rules say so
};

// What the kills of a run allow.
struct Rules {
    bool exact_attempts = true;  // else between Order::attempts and most_attempts
    std::uint32_t most_attempts = 3;
    bool originals_kept = true;  // [service] originals = "keep"
    bool store_kept = true;      // else attempts of settled tasks may be unknown, and counts come back slowly
};

class Ledger {
public:
    // A file appears whole below incoming/ (a rename); false: its name is still taken there, nothing was
    // done.
    [[nodiscard]] bool drop(const Service& service, const std::string& rel, const Order& order);
    [[nodiscard]] std::size_t size() const { return dropped_.size(); }

    // Everything is expected to have ended. Asks the service and looks into its folders.
    [[nodiscard]] std::vector<std::string> judge(const Service& service, const Rules& rules) const;

private:
    struct Dropped {
        std::string rel;
        Order order;
    };
    class Books;
    std::vector<Dropped> dropped_;  // indexed by the number in the file
};

}  // namespace hrn::test
