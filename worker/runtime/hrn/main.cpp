// hrn-worker: reconstructs faces on one device. Started by hrn-supervisor only.
#include <cstdlib>

#include "worker/runtime/hrn/hrn_work.hpp"
#include "worker/runtime/worker_main.hpp"

int main(int argc, char** argv) {
    using namespace hrn::runtime;
    const int status = run_worker(argc, argv, "hrn-worker", [](const WorkContext& context) {
        return std::make_unique<HrnWork>(context);
    });
    // Everything is reported and on disk. The destructors of CUDA's libraries may crash when the driver shuts
    // down before them, and that would look like a death of this worker.
    std::_Exit(status);
}
