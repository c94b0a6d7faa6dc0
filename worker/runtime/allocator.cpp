#include "worker/runtime/allocator.hpp"

#include <malloc.h>

#include <climits>

namespace hrn::runtime {

void keep_freed_memory() {
    // The largest value that glibc takes; photos of more than ten megapixels stay apart.
    constexpr int largest_pooled_block = 32 << 20;
    static_cast<void>(::mallopt(M_MMAP_THRESHOLD, largest_pooled_block));
    static_cast<void>(::mallopt(M_TRIM_THRESHOLD, INT_MAX));
    // The other arenas consist of pieces of 64 MB, which glibc unmaps whenever one is empty. Small blocks
    // come from each thread's own cache anyway.
    static_cast<void>(::mallopt(M_ARENA_MAX, 1));
}

}  // namespace hrn::runtime
