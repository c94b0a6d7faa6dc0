// The Work of hrn-worker-sim: computes nothing, takes as long as [simulated] says, misbehaves when told. Its
// only output is a small result.json that says "simulated": true.
//
// Threads as for every Work.
#pragma once

#include <memory>

#include "worker/runtime/sim/misbehaviour.hpp"
#include "worker/runtime/sim/sim_commands.hpp"
#include "worker/runtime/sim/sim_plan.hpp"
#include "worker/runtime/work.hpp"
#include "worker/runtime/worker_main.hpp"

namespace hrn::runtime::sim {

class SimWork : public Work {
public:
    explicit SimWork(const WorkContext& context);

    [[nodiscard]] Loaded load() override;
    [[nodiscard]] std::size_t image_bytes_needed() const override { return kCommandBytes; }
    [[nodiscard]] std::unique_ptr<Prepared> decode(TaskInput input) override;
    [[nodiscard]] std::vector<Outcome> infer(std::span<Prepared* const> batch, const Step& step) override;
    [[nodiscard]] Outputs write(Computed& computed, const TaskFacts& facts) override;

private:
    struct SimTask;
    class SimPrepared;
    class SimComputed;
    void obey(const SimTask& task, Stage stage, const Step& step);
    void perform(const SimCommand& command, const SimTask& task, const Step& step);
    static void check_that_it_fits(const SimTask& task, std::size_t images);  // throws DeviceOutOfMemory
    void serve(const SimTask& task, const Step& step);

    const Config::Simulated simulated_;
    const int worker_;
    const int batch_size_;
    const int notify_fd_;
    const std::string device_;
    ReportsSegment* const reports_;
    Leak leak_;
};

}  // namespace hrn::runtime::sim
