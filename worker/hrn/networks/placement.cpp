#include "worker/hrn/networks/placement.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <stdexcept>

namespace hrn::networks {
namespace {

Precision parse_precision(const std::string& text) {
    if (text == "fp32") {
        return Precision::fp32;
    }
    if (text == "tf32") {
        return Precision::tf32;
    }
    if (text == "fp16") {
        return Precision::fp16;
    }
    if (text == "bf16") {
        return Precision::bf16;
    }
    throw std::invalid_argument("precision \"" + text + "\" is none of fp32, tf32, fp16, bf16");
}

c10::Device parse_device(const std::string& text) {
    const bool numbered =
        text.rfind("cuda:", 0) == 0 && text.size() > 5 && text.size() < 9 &&
        std::all_of(text.begin() + 5, text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (text != "cpu" && text != "cuda" && !numbered) {
        throw std::invalid_argument("device \"" + text + "\" is none of cpu, cuda, cuda:N");
    }
    if (text == "cpu") {
        return c10::Device(c10::kCPU);
    }
    // A bare "cuda" means the first one: a worker sees one device only.
    const int index = numbered ? std::stoi(text.substr(5)) : 0;
    if (!at::hasCUDA()) {
        throw std::invalid_argument("device \"" + text + "\" asked for, but LibTorch sees no CUDA device");
    }
    const std::size_t count = at::globalContext().hasCUDA() ? at::getNumGPUs() : 0;
    if (static_cast<std::size_t>(index) >= count) {
        throw std::invalid_argument("device \"" + text + "\" asked for, but there are " +
                                    std::to_string(count) + " CUDA devices");
    }
    return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace

c10::ScalarType Placement::type() const {
    switch (precision) {
        case Precision::fp16:
            return c10::kHalf;
        case Precision::bf16:
            return c10::kBFloat16;
        case Precision::fp32:
        case Precision::tf32:
            break;
    }
    return c10::kFloat;
}

Placement parse_placement(const std::string& device, const std::string& precision) {
    Placement placement;
    placement.precision = parse_precision(precision);
    placement.device = parse_device(device);
    if (placement.on_cpu()) {
        if (placement.type() != c10::kFloat) {
            throw std::invalid_argument("precision " + precision + " needs a GPU; a CPU computes in fp32");
        }
        placement.precision = Precision::fp32;
    }
    return placement;
}

void apply_precision(const Placement& placement) {
    auto& context = at::globalContext();
    const bool tf32 = placement.precision == Precision::tf32;
    context.setAllowTF32CuDNN(tf32);
    context.setAllowTF32CuBLAS(tf32);
    // Choosing algorithms by timing them would make results depend on what else the GPU was doing.
    context.setBenchmarkCuDNN(false);
    context.setDeterministicCuDNN(true);
}

void set_cpu_threads(int threads) {
    at::set_num_threads(std::max(threads, 1));
}

}  // namespace hrn::networks
