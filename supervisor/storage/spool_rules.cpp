#include "supervisor/storage/spool_rules.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "shared/image_names.hpp"

namespace hrn::supervisor::storage {

namespace {

bool is_left_alone(const std::string& name, const std::vector<std::string>& ignore) {
    if (name.empty() || name.front() == '.' || name.ends_with(".part") || name.ends_with(".tmp")) {
        return true;
    }
    return std::any_of(ignore.begin(), ignore.end(), [&](const std::string& pattern) {
        return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
    });
}

}  // namespace

NameKind kind_of_name(const std::string& name, const std::vector<std::string>& ignore) {
    if (is_left_alone(name, ignore)) {
        return NameKind::left_alone;
    }
    return has_image_extension(name) ? NameKind::image : NameKind::ignored;
}

bool enters_folder(const std::string& name, const std::vector<std::string>& ignore) {
    return !is_left_alone(name, ignore);
}

Look Look::of(const struct stat& status) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    return {status.st_ino, status.st_size, status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
            status.st_ctim.tv_sec * kNanoseconds + status.st_ctim.tv_nsec};
}

Ready judge(Notice notice, const Look& first, const struct stat& now) {
    if (notice == Notice::arrived && now.st_size > 0) {
        return Ready::now;
    }
    if (notice == Notice::created && now.st_nlink < 2) {
        return Ready::not_ours;
    }
    return first == Look::of(now) ? Ready::now : Ready::look_again;
}

}  // namespace hrn::supervisor::storage
