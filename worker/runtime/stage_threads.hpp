// How many threads a worker gives to each stage when the configuration says 0: from the cores and from how
// many workers share them. A pure function, any thread.
#pragma once

#include <string>

#include "shared/config.hpp"

namespace hrn::runtime {

struct StageThreads {
    int decode = 1;
    int infer = 1;  // of the networks' and the geometry's work on the CPU
    int lanes = 1;  // batches in work at once
    int write = 1;
};

// `device` as in WorkerLaunch. On "cpu" the networks need every core, so decoding and writing, which are idle
// most of the time then, get one thread each. A GPU gets several lanes: it computes one batch while the CPU
// looks at the numbers of another; and as many writers as cores: most of them wait for the disk.
[[nodiscard]] StageThreads choose_stage_threads(const Config::Workers& workers, const std::string& device,
                                                int cores);
// Lanes whose batches fill no more than three quarters of the tasks that a worker may hold: the others are
// being decoded and written meanwhile. At least 1, at most `most`.
[[nodiscard]] int lanes_for_batch(int most, int batch_size);
// That this process may run on (its affinity, not the machine's); at least 1.
[[nodiscard]] int usable_cores();

}  // namespace hrn::runtime
