// For the .cu files of this folder only: a running sum over the threads of one block.
#pragma once

#include <cuda_runtime_api.h>

namespace hrn::core::cuda {

constexpr int scan_threads = 1024;

// The sum of `own` over all threads before this one. sums: scan_threads integers of shared memory. All
// threads of the block call it.
__device__ inline int scan_before(int own, int* sums) {
    const int thread = static_cast<int>(threadIdx.x);
    sums[thread] = own;
    __syncthreads();
    for (int step = 1; step < scan_threads; step *= 2) {
        const int other = thread >= step ? sums[thread - step] : 0;
        __syncthreads();
        sums[thread] += other;
        __syncthreads();
    }
    return sums[thread] - own;
}

}  // namespace hrn::core::cuda
