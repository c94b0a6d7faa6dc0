// hrn-worker: reconstructs faces on one device. Started by hrn-supervisor only; --about is for the doctor.
#include <cstdlib>
#include <string_view>

#include "shared/log.hpp"
#include "worker/hrn/networks/onednn_check.hpp"
#include "worker/runtime/hrn/about.hpp"
#include "worker/runtime/hrn/hrn_work.hpp"
#include "worker/runtime/hrn/image_estimator.hpp"
#include "worker/runtime/worker_main.hpp"

int main(int argc, char** argv) {
    using namespace hrn::runtime;
    if (argc == 2 && std::string_view(argv[1]) == "--about") {
        std::_Exit(print_about());
    }
    const int status = run_worker(
        argc, argv, "hrn-worker",
        [](const WorkContext& context) {
            if (context.launch.device == "cpu" && hrn::networks::avoid_broken_onednn()) {
                hrn::log::warning(
                    "oneDNN crashes on this processor and is limited to SSE 4.1: networks are slower");
            }
            return std::make_unique<HrnWork>(context);
        },
        [](const hrn::Config& config) { return std::make_unique<ImageEstimator>(config); });
    // Everything is reported and on disk. The destructors of CUDA's libraries may crash when the driver shuts
    // down before them, and that would look like a death of this worker.
    std::_Exit(status);
}
