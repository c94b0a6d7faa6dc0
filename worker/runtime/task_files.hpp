// Reading what the supervisor has claimed: claimed/ID/image and claimed/ID/task.json. A worker only ever
// reads there.
//
// Values; decode threads. Folders are opened by path for each task, so that a disk that was mounted anew is
// found. Throws TaskFailed: original_missing, permission_denied, empty_file, file_too_large, io_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shared/task_id.hpp"

namespace hrn::runtime {

struct ImageLimits {
    std::uint64_t max_file_bytes = 0;            // 0: no limit
    std::size_t bytes_needed = ~std::size_t{0};  // read no more than these
    std::uint64_t bytes_when_claimed = 0;        // of the order
};

struct ClaimedImage {
    std::vector<std::byte> bytes;
    std::string source;  // below incoming/; bytes
    // The file is not what it was when it was claimed, or changed while it was read: a fault in its contents
    // may go away.
    bool changed = false;
};

// `claimed` is the path of the folder claimed/.
[[nodiscard]] ClaimedImage read_claimed_image(const std::string& claimed, const TaskId& id,
                                              const ImageLimits& limits);

}  // namespace hrn::runtime
