// How a batch goes through Work::infer when something in it goes wrong: policy only, no threads, no rings.
//
// - A batch that does not fit into memory is halved until it fits; later batches keep the size that fitted.
// - A batch that fails for any other reason is run again one by one: the image at fault fails alone.
// - A device that answers nothing more ends the worker: DeviceFatal goes through.
//
// Owned and called by the infer thread.
#pragma once

#include <span>
#include <vector>

#include "worker/runtime/work.hpp"

namespace hrn::runtime {

class BatchRunner {
public:
    BatchRunner(Work& work, int batch_size) : work_(work), limit_(batch_size < 1 ? 1 : batch_size) {}

    // One outcome per item, in order; failures bear the stage infer. Throws DeviceFatal only.
    [[nodiscard]] std::vector<Outcome> run(std::span<Prepared* const> batch, const Step& step);
    // The batch size to gather now.
    [[nodiscard]] int limit() const { return limit_; }

private:
    void run_part(std::span<Prepared* const> part, const Step& step, std::vector<Outcome>& outcomes);

    Work& work_;
    int limit_;
};

}  // namespace hrn::runtime
