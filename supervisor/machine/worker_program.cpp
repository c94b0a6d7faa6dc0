#include "supervisor/machine/worker_program.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

namespace hrn::supervisor {
namespace {

bool is_program(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::string own_folder_of_this_process() {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::string() : self.parent_path().string();
}

}  // namespace

WorkerProgram find_worker_program(const Config& config) {
    const char* path = std::getenv("PATH");
    return find_worker_program(config, own_folder_of_this_process(), path == nullptr ? "" : path);
}

WorkerProgram find_worker_program(const Config& config, const std::string& own_folder,
                                  const std::string& path_variable) {
    if (!config.workers.program.empty()) {
        if (is_program(config.workers.program)) {
            return {config.workers.program, {}};
        }
        return {{}, "workers.program = \"" + config.workers.program + "\" is not an executable file"};
    }
    const std::string name = config.model.kind == "simulated" ? "hrn-worker-sim" : "hrn-worker";
    std::vector<std::string> folders;
    if (!own_folder.empty()) {
        folders.push_back(own_folder);
        folders.push_back(own_folder + "/../libexec/hrn");
    }
    std::size_t begin = 0;
    while (begin <= path_variable.size()) {
        const std::size_t end = std::min(path_variable.find(':', begin), path_variable.size());
        if (end > begin) {
            folders.push_back(path_variable.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    for (std::string path : folders) {
        path.append("/").append(name);
        if (is_program(path)) {
            return {std::move(path), {}};
        }
    }
    return {{},
            name + " is neither in " + own_folder +
                ", nor in ../libexec/hrn beside it, nor in PATH; set workers.program"};
}

}  // namespace hrn::supervisor
