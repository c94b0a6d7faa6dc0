// What `submit PATH...` will do: which file goes to which name below incoming/. Looks, changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hrn::ctl {

struct Submission {
    std::string source;  // path as given, or below a given folder
    std::string rel;     // below incoming/: "x.jpg", "album/inner/x.jpg"
};

struct SubmitPlan {
    std::vector<Submission> files;
    std::uint64_t skipped = 0;            // in folders: no images by their names, links, hidden
    std::vector<std::string> complaints;  // about paths that were named and cannot be submitted
};

// A name that the service takes: an image extension, not hidden, not .part or .tmp (design.md 5).
[[nodiscard]] bool is_image_name(const std::string& name);

// Folders without `recursive` and paths that are not there are complaints. Sorted by name within folders.
// Throws std::filesystem::filesystem_error if a folder cannot be read.
[[nodiscard]] SubmitPlan plan_submission(const std::vector<std::string>& paths, bool recursive);

}  // namespace hrn::ctl
