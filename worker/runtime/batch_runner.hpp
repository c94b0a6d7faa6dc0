// How a batch goes through Work::infer when something in it goes wrong: policy only, no threads, no rings.
//
// - A batch that does not fit into memory is halved until it fits; later batches keep the size that fitted.
// After
//   kPatience images without trouble twice the size is tried again, since others may have given memory back;
//   each try that fails makes the next one wait four times as long.
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
    static constexpr std::size_t kPatience = 64;         // images
    static constexpr std::size_t kMostPatience = 16384;  // images

    BatchRunner(Work& work, int batch_size)
        : work_(work), most_(batch_size < 1 ? 1 : batch_size), limit_(most_) {}

    // One outcome per item, in order; failures bear the stage infer. Throws DeviceFatal only.
    [[nodiscard]] std::vector<Outcome> run(std::span<Prepared* const> batch, const Step& step);
    // The batch size to gather now.
    [[nodiscard]] int limit() const { return limit_; }

private:
    void run_part(std::span<Prepared* const> part, const Step& step, std::vector<Outcome>& outcomes);

    void shrink_to(std::size_t images);
    void grow_after(std::size_t images);

    Work& work_;
    const int most_;
    int limit_;
    bool tried_more_ = false;  // the size in use is one that was grown to
    std::size_t patience_ = kPatience;
    std::size_t images_without_trouble_ = 0;
};

}  // namespace hrn::runtime
