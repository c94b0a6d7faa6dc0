#include "supervisor/loop/dispatch_policy.hpp"

#include <stdexcept>

#include "supervisor/loop/policy_complexity.hpp"
#include "supervisor/loop/policy_dynamic.hpp"
#include "supervisor/loop/policy_static.hpp"

namespace hrn::supervisor {

void DispatchPolicy::begin_round(std::span<const TaskId>, std::span<const WorkerLoad>) {}

std::unique_ptr<DispatchPolicy> make_policy(const std::string& name, const CostSource& costs) {
    if (name == "dynamic") {
        return std::make_unique<DynamicPolicy>();
    }
    if (name == "static") {
        return std::make_unique<StaticPolicy>();
    }
    if (name == "complexity") {
        return std::make_unique<ComplexityPolicy>(costs);
    }
    throw std::logic_error("the configuration allows a policy that does not exist: " + name);
}

}  // namespace hrn::supervisor
