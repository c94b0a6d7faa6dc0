// `hrn-worker --about`: which libraries this build has and which CUDA devices it can compute on, as one JSON
// object on standard output (hrn-ctl doctor reads it). Not started by the supervisor, takes no tasks.
#pragma once

namespace hrn::runtime {

// {"program", "torch", "opencv", "cuda": "12.4" or null, "cuda_error": text or null,
//  "devices": [{"index", "name", "memory_mb", "compute_capability", "usable", "problem": text or null}]}
// The exit status: 0 whenever it could be said, whatever it is.
[[nodiscard]] int print_about();

}  // namespace hrn::runtime
