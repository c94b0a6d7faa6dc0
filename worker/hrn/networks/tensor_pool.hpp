// Memory of large CPU tensors, kept for the next one instead of being given back to the system: a UNet layer
// is a 64 MB block, and having its pages mapped and zeroed anew takes several times as long as computing it.
//
// One pool per process, installed once as LibTorch's CPU allocator, never destroyed (tensors may outlive
// everything). Safe from any thread. Out of memory is std::bad_alloc, as with LibTorch's own allocator.
#pragma once

#include <cstddef>

namespace hrn::networks {

inline constexpr std::size_t pooled_from_bytes = std::size_t{1} << 20;  // smaller blocks are not kept
inline constexpr std::size_t pool_limit_bytes = std::size_t{2} << 30;   // of unused blocks

// Idempotent. Tensors made before keep the memory they have.
void install_tensor_pool();

struct TensorPoolUse {
    std::size_t in_use = 0;  // bytes
    std::size_t kept = 0;    // bytes waiting for reuse
    std::size_t reused = 0;  // how often a block was given out again
};
[[nodiscard]] TensorPoolUse tensor_pool_use();

// Gives all unused blocks back to the system.
void trim_tensor_pool();

}  // namespace hrn::networks
