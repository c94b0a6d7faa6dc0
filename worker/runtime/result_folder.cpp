#include "worker/runtime/result_folder.hpp"

#include <map>
#include <stdexcept>
#include <string_view>

#include "shared/fs.hpp"

namespace hrn::runtime {

namespace {

// A file from this size on is fsynced here: its dirty pages must not hold up a group of claims. Smaller ones
// and the folders are left to the supervisor, which makes a whole group of results durable at once before it
// publishes any (an fsync of each cost more than all else about a small result).
constexpr std::size_t kLargeFile = 256 * 1024;

// One gate for names: nothing that is not on the closed lists becomes a path.
void check_names(const OutputFile& file) {
    if (!output_index(file.name)) {
        throw std::logic_error("\"" + file.name + "\" is not a file of a result");
    }
    if (!file.folder.empty() && !further_face_number(file.folder)) {
        throw std::logic_error("\"" + file.folder + "\" is not a folder of a result");
    }
}

}  // namespace

ResultFolder::ResultFolder(const std::string& generation_folder, const TaskId& id)
    : generation_(fs::open_directory(generation_folder)), name_(id.text()) {}

WrittenSizes ResultFolder::write(std::span<const OutputFile> files, const Step& step) {
    for (const OutputFile& file : files) {
        check_names(file);
    }
    if (fs::make_directory_at(generation_.get(), name_) == fs::Made::existed) {
        fs::remove_tree_at(generation_.get(), name_);
        fs::make_directory_at(generation_.get(), name_);
    }
    const UniqueFd root = fs::open_directory_at(generation_.get(), name_);
    std::map<std::string, UniqueFd, std::less<>> further;
    WrittenSizes sizes;
    sizes.bytes.fill(kNoSuchOutput);
    for (const OutputFile& file : files) {
        int folder = root.get();
        if (!file.folder.empty()) {
            auto found = further.find(file.folder);
            if (found == further.end()) {
                fs::make_directory_at(root.get(), file.folder);
                found = further.emplace(file.folder, fs::open_directory_at(root.get(), file.folder)).first;
            }
            folder = found->second.get();
        }
        fs::write_file_at(folder, file.name, std::string_view(file.bytes),
                          /*sync=*/file.bytes.size() >= kLargeFile);
        if (file.folder.empty()) {
            sizes.bytes[static_cast<std::size_t>(*output_index(file.name))] = file.bytes.size();
        } else {
            sizes.further_files += 1;
            sizes.further_bytes += file.bytes.size();
        }
        step();
    }
    return sizes;
}

bool ResultFolder::discard() noexcept {
    try {
        fs::remove_tree_at(generation_.get(), name_);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace hrn::runtime
