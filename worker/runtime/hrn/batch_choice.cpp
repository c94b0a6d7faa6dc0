#include "worker/runtime/hrn/batch_choice.hpp"

#include <cstdio>

#include "worker/runtime/work.hpp"

namespace hrn::runtime {

namespace {

constexpr double kWorthwhile = 1.05;

std::string rate_text(int batch, double images_per_second) {
    char text[96];
    std::snprintf(text, sizeof text, "batch size auto: %d at once, %.0f images/s", batch, images_per_second);
    return text;
}

}  // namespace

int best_batch(const TimeBatch& seconds, int most,
               const std::function<void(const std::string& line)>& report) {
    int best = 1;
    double rate = 1 / seconds(1);
    report(rate_text(1, rate));
    for (int batch = 2; batch <= most; batch *= 2) {
        double next = 0;
        try {
            next = batch / seconds(batch);
        } catch (const DeviceOutOfMemory& error) {
            report("batch size auto: " + std::to_string(batch) + " at once do not fit: " + error.what());
            break;
        }
        report(rate_text(batch, next));
        if (next < kWorthwhile * rate) {
            break;
        }
        best = batch;
        rate = next;
    }
    return best;
}

}  // namespace hrn::runtime
