// batch_size = "auto" (design.md 9): batches of 1, 2, 4, … are timed until twice as many images at once gain
// less than 5 % of throughput, or do not fit into the device's memory.
//
// Policy only: who computes and who times is passed in.
#pragma once

#include <functional>
#include <string>

namespace hrn::runtime {

inline constexpr int largest_automatic_batch = 32;  // more gained nothing on an H100, but takes gigabytes

// Seconds for one batch of so many images, warm. Throws DeviceOutOfMemory where it does not fit.
using TimeBatch = std::function<double(int batch)>;

// At least 1. A batch of one image that does not fit is DeviceOutOfMemory.
[[nodiscard]] int best_batch(const TimeBatch& seconds, int most,
                             const std::function<void(const std::string& line)>& report);

}  // namespace hrn::runtime
