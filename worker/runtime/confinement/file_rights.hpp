// Which files a worker may use (design.md 7): it reads the model, the libraries and the claimed images, it
// drives its GPU, and it writes its own folder below results/.tmp and the cache of compiled kernels. Policy;
// the mechanism is landlock.hpp.
//
// Called once, on the main thread, while it is the only one of ours: reads the environment and
// /proc/self/maps, and makes the cache's folder. Never fails for a path that is missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/config.hpp"
#include "worker/runtime/confinement/landlock.hpp"

namespace hrn::runtime {

struct WorkerFolders {
    std::string claimed;     // path of claimed/
    std::string generation;  // path of results/.tmp/GENERATION
};

[[nodiscard]] std::vector<FileRight> file_rights(const Config& config, const std::string& device,
                                                 const WorkerFolders& folders);

// The folders of the libraries and programs that `maps` (as /proc/self/maps) shows as mapped to be run, each
// once; a file that lies in / stands for itself. Libraries that are loaded later lie beside those that ask
// for them.
[[nodiscard]] std::vector<std::string> library_folders(std::string_view maps);

// Where links below `folder` lead, down to `depth` folders: a model directory may consist of links into a
// download cache.
[[nodiscard]] std::vector<std::string> link_targets(const std::string& folder, int depth);

}  // namespace hrn::runtime
