#include "worker/runtime/hrn/warm_up.hpp"

#include <bit>

#include "worker/runtime/hrn/synthetic_faces.hpp"

namespace hrn::runtime {

void warm_up_batches(front::FrontEnd& front_end, core::Core& core, int largest_batch) {
    for (int batch = static_cast<int>(std::bit_floor(static_cast<unsigned>(largest_batch))); batch >= 1;
         batch /= 2) {
        front_end.warm_up(batch);
        static_cast<void>(core.run(synthetic_faces(batch)));
    }
}

}  // namespace hrn::runtime
