// "dynamic": the oldest task goes to whichever worker has room, the one that holds least first.
//
// Why: it needs to know nothing. A device that is slow, or has met a long task, takes less simply because it
// asks less often; so all are busy until the line is empty, and then the ends differ by no more than one task
// on the slowest device (what was given ahead is taken back, recall.hpp). That is list scheduling: at most
// total work / total speed + longest task / slowest speed.
#pragma once

#include "supervisor/loop/dispatch_policy.hpp"

namespace hrn::supervisor {

class DynamicPolicy final : public DispatchPolicy {
public:
    [[nodiscard]] std::optional<Choice> choose(const TurnQueue& line,
                                               std::span<const WorkerLoad> workers) override;

private:
    std::size_t cursor_ = 0;  // equals take turns
};

}  // namespace hrn::supervisor
