#include "worker/runtime/confinement/file_rights.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "shared/log.hpp"

namespace hrn::runtime {

namespace {

namespace stdfs = std::filesystem;

constexpr int kModelDepth = 4;

void add(std::vector<FileRight>& rights, std::string path, FileUse use) {
    if (!path.empty()) {
        rights.push_back({std::move(path), use});
    }
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string(value);
}

std::string own_maps() {
    std::ifstream file("/proc/self/maps");
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> split_path_list(const std::string& list) {
    std::vector<std::string> paths;
    for (std::size_t begin = 0; begin < list.size();) {
        const std::size_t end = std::min(list.find(':', begin), list.size());
        if (list[begin] == '/') {  // an empty or relative entry would be the working directory
            paths.push_back(list.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return paths;
}

void add_libraries(std::vector<FileRight>& rights) {
    for (const char* path : {"/usr", "/lib", "/lib64", "/bin", "/sbin", "/proc/self/exe"}) {
        add(rights, path, FileUse::libraries);
    }
    for (std::string& folder : library_folders(own_maps())) {
        add(rights, std::move(folder), FileUse::libraries);
    }
    for (std::string& folder : split_path_list(variable("LD_LIBRARY_PATH"))) {
        add(rights, std::move(folder), FileUse::libraries);
    }
    // Not /etc as a whole: nothing there but these is a library's business.
    for (const char* path : {"/etc/ld.so.cache", "/etc/localtime", "/etc/nvidia", "/etc/alternatives"}) {
        add(rights, path, FileUse::read);
    }
}

void add_kernel(std::vector<FileRight>& rights) {
    add(rights, "/proc", FileUse::read);  // of other processes only what their user may see without tracing
    add(rights, "/sys", FileUse::read);
    for (const char* path : {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}) {
        add(rights, path, FileUse::device);
    }
}

// Every NVIDIA device: which one it is, is decided by CUDA_VISIBLE_DEVICES and by the service's DeviceAllow.
// /dev/dxg is the GPU under WSL.
void add_gpu(std::vector<FileRight>& rights) {
    std::error_code error;
    bool managed_memory = false;
    for (const auto& entry : stdfs::directory_iterator("/dev", error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("nvidia") || name == "dxg") {
            add(rights, entry.path().string(), FileUse::device);
            managed_memory = managed_memory || name == "nvidia-uvm" || name == "dxg";
        }
    }
    if (!managed_memory) {
        log::warning(
            "/dev/nvidia-uvm is not there, and a confined worker cannot make it: run nvidia-modprobe -u "
            "once, "
            "or start nvidia-persistenced before the service");
    }
    add(rights, variable("CUDA_MPS_PIPE_DIRECTORY"), FileUse::device);
    // CUDA names its threads, through files in here, and gives up (cudaErrorOperatingSystem) when it cannot.
    add(rights, "/proc/self/task", FileUse::edit);
}

std::string kernel_cache() {
    if (variable("CUDA_CACHE_DISABLE") == "1") {
        return {};
    }
    if (std::string configured = variable("CUDA_CACHE_PATH"); !configured.empty()) {
        return configured;
    }
    const std::string home = variable("HOME");
    return home.empty() ? std::string{} : home + "/.nv/ComputeCache";
}

// Made here: the driver, which would make it, may not any more.
void add_kernel_cache(std::vector<FileRight>& rights) {
    const std::string folder = kernel_cache();
    if (folder.empty()) {
        return;
    }
    std::error_code error;
    stdfs::create_directories(folder, error);
    if (error) {
        log::info("no cache of compiled kernels: a start may take longer",
                  {{"folder", folder}, {"reason", error.message()}});
        return;
    }
    add(rights, folder, FileUse::fill);
}

}  // namespace

std::vector<FileRight> file_rights(const Config& config, const std::string& device,
                                   const WorkerFolders& folders) {
    std::vector<FileRight> rights;
    add_libraries(rights);
    add_kernel(rights);
    if (device != "cpu") {
        add_gpu(rights);
        add_kernel_cache(rights);
    }
    add(rights, config.model.dir, FileUse::read);
    for (std::string& target : link_targets(config.model.dir, kModelDepth)) {
        add(rights, std::move(target), FileUse::read);
    }
    add(rights, config.model.landmarks, FileUse::read);
    add(rights, folders.claimed, FileUse::read);
    add(rights, folders.generation, FileUse::fill);
    return rights;
}

std::vector<std::string> library_folders(std::string_view maps) {
    std::vector<std::string> folders;
    while (!maps.empty()) {
        const std::size_t end = std::min(maps.find('\n'), maps.size());
        const std::string_view line = maps.substr(0, end);
        maps.remove_prefix(std::min(end + 1, maps.size()));
        const std::size_t path = line.find('/');
        // ADDRESSES r-xp OFFSET DEVICE INODE   PATH
        const std::size_t modes = line.find(' ');
        if (path == std::string_view::npos || modes + 4 > line.size() || line[modes + 3] != 'x') {
            continue;
        }
        const std::string_view file = line.substr(path);
        const std::size_t slash = file.rfind('/');
        folders.emplace_back(slash == 0 ? file : file.substr(0, slash));
    }
    std::sort(folders.begin(), folders.end());
    folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
    return folders;
}

std::vector<std::string> link_targets(const std::string& folder, int depth) {
    std::vector<std::string> targets;
    std::error_code error;
    const auto quiet = stdfs::directory_options::skip_permission_denied;
    for (auto entry = stdfs::recursive_directory_iterator(folder, quiet, error);
         !error && entry != stdfs::recursive_directory_iterator(); entry.increment(error)) {
        if (entry.depth() + 1 >= depth) {
            entry.disable_recursion_pending();
        }
        std::error_code broken;
        if (entry->is_symlink(broken)) {
            std::string target = stdfs::canonical(entry->path(), broken).string();
            if (!broken) {
                targets.push_back(std::move(target));
            }
        }
    }
    return targets;
}

}  // namespace hrn::runtime
