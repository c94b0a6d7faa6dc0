// The test's hand on the fault layer (fault_layer.cpp): which calls of which program die or fail, from when
// on. Owned by the test that starts the programs; one thread. Throws std::system_error if it cannot be set
// up.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "shared/unique_fd.hpp"
#include "tests/chaos/fault_block.hpp"

namespace hrn::test {

struct FaultPlan {
    std::string program;  // base name; empty: every program that is started with environment()
    std::uint32_t calls = kDurableCalls;
    FaultAction action = FaultAction::kill_before;
    int error = 0;      // errno of a failing call
    std::string below;  // only calls about files below this folder; empty: all
    std::uint64_t first = 1;
    std::uint64_t last = 1;
    static constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();
};

class FaultControl {
public:
    FaultControl();
    ~FaultControl();
    FaultControl(const FaultControl&) = delete;
    FaultControl& operator=(const FaultControl&) = delete;

    // What a program must be started with to be under control.
    [[nodiscard]] std::vector<std::string> environment() const;
    // Counts from here on. May be called while programs run.
    void arm(const FaultPlan& plan);
    void disarm();
    [[nodiscard]] std::uint64_t counted() const;
    [[nodiscard]] std::uint64_t hits() const;
    [[nodiscard]] std::string last_call() const;

private:
    UniqueFd memory_;
    FaultBlock* block_ = nullptr;
};

}  // namespace hrn::test
