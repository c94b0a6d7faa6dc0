#include "worker/hrn/networks/onednn_check.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace hrn::networks {
namespace {

constexpr const char* kLimit = "ONEDNN_MAX_CPU_ISA";  // oneDNN reads it when it is first used
constexpr const char* kWorks = "SSE41";

// A step between two stages of a ResNet-50: one point of the picture at a time, every second one, many
// channels. That is where it was seen to crash; what comes before it in that network was not.
void convolve() {
    const c10::InferenceMode no_gradients;
    const at::Tensor x = at::zeros({1, 512, 28, 28}).contiguous(c10::MemoryFormat::ChannelsLast);
    static_cast<void>(at::conv2d(x, at::zeros({1024, 512, 1, 1}), {}, 2));
}

}  // namespace

bool survives_in_a_child(const std::function<void()>& attempt) {
    const pid_t child = ::fork();
    if (child < 0) {
        return true;
    }
    if (child == 0) {
        // A death that is looked for is neither reported by anybody's handler nor dumped.
        for (const int number : {SIGFPE, SIGSEGV, SIGILL, SIGBUS, SIGABRT}) {
            ::signal(number, SIG_DFL);
        }
        const rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        try {
            attempt();
        } catch (...) {
            ::_exit(1);  // an error is not a crash: it will be told where it matters
        }
        ::_exit(0);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return !WIFSIGNALED(status);
}

bool avoid_broken_onednn() {
    if (std::getenv(kLimit) != nullptr || survives_in_a_child(convolve)) {
        return false;
    }
    ::setenv(kLimit, kWorks, 0);
    return true;
}

}  // namespace hrn::networks
