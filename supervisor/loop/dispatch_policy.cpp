#include "supervisor/loop/dispatch_policy.hpp"

#include "shared/log.hpp"

namespace hrn::supervisor {

std::optional<std::size_t> DynamicPolicy::choose(std::span<const WorkerLoad> loads) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < loads.size(); ++i) {
        const std::size_t position = (cursor_ + i) % loads.size();
        if (loads[position].room > 0 && (!best || loads[position].held < loads[*best].held)) {
            best = position;
        }
    }
    if (best) {
        cursor_ = (*best + 1) % loads.size();
    }
    return best;
}

std::unique_ptr<DispatchPolicy> make_policy(const std::string& name) {
    if (name != "dynamic") {
        log::warning("scheduling.policy is not available in this version; dynamic is used",
                     {{"policy", name}});
    }
    return std::make_unique<DynamicPolicy>();
}

}  // namespace hrn::supervisor
