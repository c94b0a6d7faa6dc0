#include "supervisor/ctl/submit_plan.hpp"

#include <algorithm>
#include <filesystem>

#include "shared/image_names.hpp"
#include "shared/log.hpp"

namespace hrn::ctl {
namespace {

namespace files = std::filesystem;

// "jpg, jpeg, …"
std::string extensions_text() {
    std::string text;
    for (const std::string_view extension : kImageExtensions) {
        text.append(text.empty() ? "" : ", ").append(extension);
    }
    return text;
}

void add_file(SubmitPlan& plan, const std::string& source, const std::string& rel) {
    if (rel.size() > kMaxRelBytes) {
        plan.complaints.push_back(log::printable(source) + ": its path below incoming/ would be too long");
    } else {
        plan.files.push_back({source, rel});
    }
}

void add_folder(SubmitPlan& plan, const files::path& folder, const std::string& rel) {
    std::vector<files::directory_entry> entries(files::directory_iterator(folder), {});
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.path().native() < b.path().native(); });
    for (const files::directory_entry& entry : entries) {
        const std::string name = entry.path().filename().native();
        const files::file_status status = entry.symlink_status();
        if (files::is_directory(status) && !name.starts_with('.')) {
            add_folder(plan, entry.path(), rel + "/" + name);
        } else if (files::is_regular_file(status) && is_image_name(name)) {
            add_file(plan, entry.path().native(), rel + "/" + name);
        } else {
            ++plan.skipped;
        }
    }
}

// "album", also for "album/", "." and "..".
std::string folder_name(const files::path& folder) {
    return files::canonical(folder).filename().native();
}

}  // namespace

bool is_image_name(const std::string& name) {
    return !name.starts_with('.') && has_image_extension(name);
}

SubmitPlan plan_submission(const std::vector<std::string>& paths, bool recursive) {
    SubmitPlan plan;
    for (const std::string& path : paths) {
        std::error_code error;
        const files::file_status status = files::status(path, error);  // a named symlink is followed
        const std::string name = files::path(path).filename().native();
        const auto complain = [&](const std::string& what) {
            plan.complaints.push_back(log::printable(path) + ": " + what);
        };
        if (files::is_directory(status)) {
            const std::string top = folder_name(path);
            if (!recursive) {
                complain("is a folder; --recursive submits the images in it");
            } else if (top.empty() || top.front() == '.') {
                complain("the service does not look into a folder of this name");
            } else {
                add_folder(plan, path, top);
            }
        } else if (!files::exists(status)) {
            complain(error && status.type() == files::file_type::none ? error.message()
                                                                      : "No such file or directory");
        } else if (!files::is_regular_file(status)) {
            complain("is no regular file");
        } else if (!is_image_name(name)) {
            complain("is no image by its name (" + extensions_text() + "; not hidden)");
        } else {
            add_file(plan, path, name);
        }
    }
    return plan;
}

}  // namespace hrn::ctl
