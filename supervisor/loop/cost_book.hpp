// The cost models of all devices, and what they say about a task on a worker. Loop thread; pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "shared/task_id.hpp"
#include "supervisor/loop/cost_model.hpp"

namespace hrn::supervisor {

// What a policy asks: predicted seconds of a task on a worker, above 0.
class CostSource {
public:
    virtual ~CostSource() = default;
    [[nodiscard]] virtual double seconds_on(int worker, const TaskId& task) const = 0;
};

class CostBook {
public:
    // The device of each worker, by the worker's index. Workers of one device learn together.
    void set_workers(const std::map<int, std::string>& devices);
    void learn(int worker, const Estimate& estimate, double seconds);

    // A device that has not computed enough yet is taken for an average one.
    [[nodiscard]] double seconds_on(int worker, const Estimate& estimate) const;
    // On no device in particular: what orders tasks from dear to cheap.
    [[nodiscard]] double cost(const Estimate& estimate) const;
    // Of the worker's device; nullptr for an index that is no worker's.
    [[nodiscard]] const CostModel* model_of(int worker) const;
    // Grows whenever the models have learned so much more that the order of the tasks should follow.
    [[nodiscard]] int edition() const;

private:
    std::map<std::string, CostModel> models_;
    std::map<int, CostModel*> by_worker_;
    CostModel all_;  // of every device together
    std::uint64_t learned_ = 0;
};

}  // namespace hrn::supervisor
