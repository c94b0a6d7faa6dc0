// What the launchers of this folder have in common: element types and how a failed launch is reported.
//
// Everything here and in the launchers is Torch-free: raw pointers to device memory, shapes, a stream. Memory
// is the caller's; tensors are (images, height, width, channels), dense, 16-byte aligned. A launcher queues
// its kernels and returns; it allocates nothing and waits for nothing, so it may be captured into a graph.
// Arithmetic is float32 whatever the elements are, in an order that the shapes alone decide: results repeat
// to the bit. A shape that a launcher does not take is a bug of the caller (std::invalid_argument); a launch
// that CUDA refuses is LaunchError.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace hrn::networks::cuda {

enum class ElementType : std::uint8_t { float32, float16, bfloat16 };

// Elements in 16 bytes: channels must be a multiple of it wherever a launcher says "vectors".
constexpr int vector_size(ElementType type) {
    return type == ElementType::float32 ? 4 : 8;
}

class LaunchError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// After a launch: throws if CUDA refused it.
inline void check_launch(const char* kernel) {
    const cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess) {
        throw LaunchError(std::string("kernel ") + kernel +
                          " could not be started: " + cudaGetErrorString(error));
    }
}

inline void require(bool condition, const char* what) {
    if (!condition) {
        throw std::invalid_argument(what);
    }
}

}  // namespace hrn::networks::cuda
