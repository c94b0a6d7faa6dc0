#include "worker/runtime/hrn/warm_up.hpp"

#include <bit>

#include "shared/log.hpp"
#include "worker/runtime/hrn/batch_times.hpp"
#include "worker/runtime/hrn/synthetic_faces.hpp"

namespace hrn::runtime {

void warm_up_batches(front::FrontEnd& front_end, core::Core& core, int largest_batch) {
    core.settle(largest_batch);
    for (int batch = static_cast<int>(std::bit_floor(static_cast<unsigned>(largest_batch))); batch >= 1;
         batch /= 2) {
        Stopwatch watch;
        front_end.warm_up(batch);
        const double front = watch.lap();
        static_cast<void>(core.run(synthetic_faces(batch)));
        log::debug("warmed up", {{"images", std::to_string(batch)},
                                 {"front_end_ms", milliseconds_text(front)},
                                 {"core_ms", milliseconds_text(watch.lap())}});
    }
}

}  // namespace hrn::runtime
