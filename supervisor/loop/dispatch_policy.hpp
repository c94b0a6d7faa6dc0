// Which worker gets the next task ([scheduling] policy). A policy sees only the workers' loads; order and
// exclusions (suspects, held tasks, reserved workers) are the dispatcher's. Pure; loop thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace hrn::supervisor {

struct WorkerLoad {
    int index = 0;
    std::size_t held = 0;
    std::size_t room = 0;
};

class DispatchPolicy {
public:
    virtual ~DispatchPolicy() = default;
    // A position in `loads` whose room is not 0; nothing: the task waits.
    [[nodiscard]] virtual std::optional<std::size_t> choose(std::span<const WorkerLoad> loads) = 0;
};

// "dynamic": whichever worker has room gets it, the one that holds least first, so that short and long tasks
// even out and a slow device is never waited for.
class DynamicPolicy final : public DispatchPolicy {
public:
    [[nodiscard]] std::optional<std::size_t> choose(std::span<const WorkerLoad> loads) override;

private:
    std::size_t cursor_ = 0;  // equals take turns
};

// The policy of that name.
[[nodiscard]] std::unique_ptr<DispatchPolicy> make_policy(const std::string& name);

}  // namespace hrn::supervisor
