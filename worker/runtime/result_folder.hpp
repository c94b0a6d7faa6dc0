// The folder of one result, results/.tmp/GENERATION/ID/: made and filled by the worker; checked, made durable
// and published by the supervisor. All through shared/fs, so that a test can make any of its calls fail.
//
// A value for one write thread. write() throws fs::FsError for the disk and std::logic_error for a file that
// is on no list; whatever is thrown, discard() leaves no trace.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "shared/output_files.hpp"
#include "shared/task_id.hpp"
#include "shared/unique_fd.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {

// What a report says about the files.
struct WrittenSizes {
    std::array<std::uint64_t, kMaxOutputFiles> bytes{};  // as kOutputFiles; kNoSuchOutput: absent
    std::uint32_t further_files = 0;                     // in face_2/ …
    std::uint64_t further_bytes = 0;
};

class ResultFolder {
public:
    // `generation_folder` is the path of results/.tmp/GENERATION, which the supervisor has made. It is
    // opened by path for each task, so that a disk that was mounted anew is found.
    ResultFolder(const std::string& generation_folder, const TaskId& id);

    // Writes all files and fsyncs the large ones. What an earlier attempt left under this id goes first.
    [[nodiscard]] WrittenSizes write(std::span<const OutputFile> files, const Step& step);
    // Removes the folder and everything in it; false if that failed too (the supervisor clears it away with
    // the generation).
    bool discard() noexcept;

private:
    UniqueFd generation_;
    std::string name_;
};

}  // namespace hrn::runtime
