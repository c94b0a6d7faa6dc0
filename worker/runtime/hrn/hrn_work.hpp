// The Work of hrn-worker: probe, decode and the front end's CPU part on decode threads; alignment and the HRN
// core on the infer threads, several batches in alignment at once and one in the core; meshes, textures and
// result.json on write threads.
//
// Threads as for every Work. Loading fails as LoadFailed: model (the model's files or settings that cannot be
// had), device_lost (the device is not there).
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "worker/hrn/core/core.hpp"
#include "worker/hrn/front/front_end.hpp"
#include "worker/runtime/hrn/hrn_result.hpp"
#include "worker/runtime/hrn/self_tuning.hpp"
#include "worker/runtime/hrn/torch_device.hpp"
#include "worker/runtime/stage_threads.hpp"
#include "worker/runtime/work.hpp"
#include "worker/runtime/worker_main.hpp"

namespace hrn::runtime {

struct BatchTimes;

class HrnWork : public Work {
public:
    explicit HrnWork(const WorkContext& context);

    [[nodiscard]] std::optional<std::string> cannot_load_yet() override;
    [[nodiscard]] Loaded load() override;
    [[nodiscard]] std::unique_ptr<Prepared> decode(TaskInput input) override;
    [[nodiscard]] std::vector<Outcome> infer(std::span<Prepared* const> batch, const Step& step) override;
    [[nodiscard]] Outputs write(Computed& computed, const TaskFacts& facts) override;
    [[nodiscard]] std::uint64_t device_bytes() override;

private:
    class HrnPrepared;
    class HrnComputed;

    TorchDevice& device();
    void load_model();
    void load_core(const model::ModelDirectory& directory);
    void choose_batch_size();
    void warm_up();
    void align(std::span<Prepared* const> batch);
    [[nodiscard]] std::vector<Outcome> reconstruct(std::span<Prepared* const> batch, const Step& step,
                                                   BatchTimes& times);
    [[nodiscard]] Outcome collect(HrnPrepared& prepared, std::span<core::CoreResult> results) const;

    Config config_;  // once loaded: with what "auto" turned out to be as precision
    const std::string configured_device_;
    const StageThreads threads_;
    std::optional<TorchDevice> device_;
    std::optional<SelfTuning> tuning_;
    std::unique_ptr<front::FrontEnd> front_end_;
    std::unique_ptr<core::Core> core_;
    std::mutex core_mutex_;  // for run()
    std::optional<ResultContext> results_;
    int batch_size_ = 1;
};

}  // namespace hrn::runtime
