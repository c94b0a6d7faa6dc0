#include "worker/runtime/hrn/about.hpp"

#include <torch/version.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>
#include <string>

#ifdef HRN_WITH_CUDA
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <c10/core/InferenceMode.h>
#include <cuda_runtime_api.h>
#endif

namespace hrn::runtime {
namespace {

#ifdef HRN_WITH_CUDA
std::string cuda_text(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

// A sum on the device, with the kernels of this build: what a driver or a compute capability does not allow
// shows here. Empty: it works.
std::string problem_of(int index) {
    try {
        const c10::InferenceMode inference;
        const at::Tensor ones =
            at::full({64}, 1.0F, at::TensorOptions().device(at::kCUDA, static_cast<at::DeviceIndex>(index)));
        const auto sum = ones.sum().item<float>();
        return sum == 64.0F ? "" : "it computes wrongly: 64 ones are " + std::to_string(sum);
    } catch (const std::exception& error) {
        return first_line(error.what());
    }
}

void add_cuda(nlohmann::json& about) {
    about["cuda"] = cuda_text(CUDART_VERSION);
    int count = 0;
    if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess) {
        about["cuda_error"] = cudaGetErrorString(error);
        return;
    }
    for (int index = 0; index < count; ++index) {
        cudaDeviceProp properties{};
        if (const cudaError_t error = cudaGetDeviceProperties(&properties, index); error != cudaSuccess) {
            about["cuda_error"] = cudaGetErrorString(error);
            return;
        }
        const std::string problem = problem_of(index);
        about["devices"].push_back(
            {{"index", index},
             {"name", properties.name},
             {"memory_mb", properties.totalGlobalMem / (1024 * 1024)},
             {"compute_capability",
              std::to_string(properties.major) + "." + std::to_string(properties.minor)},
             {"usable", problem.empty()},
             {"problem", problem.empty() ? nlohmann::json() : nlohmann::json(problem)}});
    }
}
#endif

}  // namespace

int print_about() {
    nlohmann::json about = {{"program", "hrn-worker"}, {"torch", TORCH_VERSION},
                            {"opencv", CV_VERSION},    {"cuda", nullptr},
                            {"cuda_error", nullptr},   {"devices", nlohmann::json::array()}};
#ifdef HRN_WITH_CUDA
    add_cuda(about);
#endif
    std::cout << about.dump() << std::endl;
    return std::cout ? 0 : 1;
}

}  // namespace hrn::runtime
