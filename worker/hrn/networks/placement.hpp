// Where and how precisely networks compute: a device and a precision, parsed once from the configuration's
// words and then passed to everything that loads weights.
//
// A plain value. apply_precision() and set_cpu_threads() set switches of LibTorch that hold for the whole
// process: call them once, from the thread that loads the model, before any network runs. Wrong words are
// the operator's fault (std::invalid_argument, one line).
#pragma once

#include <c10/core/Device.h>
#include <c10/core/MemoryFormat.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>

namespace hrn::networks {

enum class Precision : std::uint8_t {
    fp32,  // the reference
    tf32,  // fp32 numbers, multiplied with 10 bits of mantissa where the GPU can
    fp16,  // weights and activations in half precision
    bf16   // weights and activations in bfloat16
};

struct Placement {
    c10::Device device = c10::Device(c10::kCPU);
    Precision precision = Precision::fp32;

    [[nodiscard]] bool on_cpu() const { return device.is_cpu(); }
    // Element type of weights and activations.
    [[nodiscard]] c10::ScalarType type() const;
    // Matrix units of a device take channels in multiples of 16 bytes.
    [[nodiscard]] std::int64_t channel_unit() const { return type() == c10::kFloat ? 4 : 8; }
    // Channels last: faster with oneDNN on CPUs and for half precision on GPUs.
    [[nodiscard]] static c10::MemoryFormat format() { return c10::MemoryFormat::ChannelsLast; }
};

// device: "cpu", "cuda" or "cuda:N"; precision: "fp32", "tf32", "fp16", "bf16". A CPU computes in fp32 only
// ("tf32" is fp32 there); fp16 and bf16 on it are refused. A CUDA device that is not there is refused.
[[nodiscard]] Placement parse_placement(const std::string& device, const std::string& precision);

// Switches TF32 on or off, and forbids algorithms that do not repeat to the bit.
void apply_precision(const Placement& placement);

// Threads of one operator on the CPU; at least 1.
void set_cpu_threads(int threads);

}  // namespace hrn::networks
