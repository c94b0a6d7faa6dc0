#include "supervisor/storage/spool_scan.hpp"

#include <cerrno>

#include "shared/fs.hpp"
#include "shared/image_names.hpp"
#include "supervisor/storage/result_names.hpp"
#include "supervisor/storage/spool_rules.hpp"
#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

const char* oddity_name(Oddity oddity) {
    switch (oddity) {
        case Oddity::not_regular:
            return "not_regular";
        case Oddity::path_too_long:
            return "path_too_long";
        case Oddity::other_file_system:
            return "other_file_system";
        case Oddity::unreadable_folder:
            return "unreadable_folder";
    }
    return "";
}

bool fits_path(const std::string& rel) {
    // Renaming folders for the result at most doubles a path, so short ones need no closer look.
    return rel.size() <= kMaxRelBytes &&
           (rel.size() <= kMaxRelBytes / 2 || result_name(rel, 1, TaskId{}).size() <= kMaxRelBytes);
}

SpoolScan::SpoolScan(const Folders& folders, const Config::Spool& config, std::string root,
                     ScanVisitor& visitor)
    : folders_(folders),
      config_(config),
      root_(std::move(root)),
      visitor_(visitor),
      device_(fs::status_of(folders.incoming.get()).st_dev),
      to_enter_{root_} {}

bool SpoolScan::enter_next() {
    here_ = std::move(to_enter_.back());
    to_enter_.pop_back();
    std::optional<UniqueFd> folder;
    try {
        folder = fs::open_beneath(folders_.incoming.get(), here_, true);
        if (!folder) {
            if (fs::open_beneath(folders_.incoming.get(), here_, false)) {
                visitor_.on_oddity(Oddity::other_file_system, here_);
            }
            return false;  // else it is gone, or a symlink took its place
        }
        visitor_.on_folder(folder->get(), here_);
    } catch (const fs::FsError& error) {
        if (error.error() != EACCES && error.error() != EPERM) {
            throw;
        }
        visitor_.on_oddity(Oddity::unreadable_folder, here_);
        return false;
    }
    directory_ = DirectoryReader(std::move(*folder), "incoming/" + here_);
    return true;
}

bool SpoolScan::step(std::size_t entries) {
    while (entries > 0) {
        if (!directory_) {
            if (to_enter_.empty()) {
                return true;
            }
            --entries;
            if (!enter_next()) {
                continue;
            }
        }
        const auto entry = directory_.next();
        if (!entry) {
            directory_ = {};
            continue;
        }
        --entries;
        look_at(entry->name, entry->type);
    }
    return false;
}

void SpoolScan::look_at(const std::string& name, unsigned char type) {
    const NameKind kind = kind_of_name(name, config_.ignore);  // dot names, "." and ".." first of all
    if (kind == NameKind::left_alone) {
        return;
    }
    const std::string rel = joined(here_, name);
    if (kind == NameKind::ignored && type != DT_DIR && type != DT_UNKNOWN) {
        visitor_.on_ignored(rel);
        return;
    }
    const auto status = fs::status_at(directory_.fd(), name);
    if (!status) {
        return;  // gone meanwhile
    }
    if (S_ISDIR(status->st_mode)) {
        if (rel.size() > kMaxRelBytes) {
            visitor_.on_oddity(Oddity::path_too_long, rel);
        } else if (status->st_dev != device_) {
            visitor_.on_oddity(Oddity::other_file_system, rel);
        } else {
            to_enter_.push_back(rel);
        }
    } else if (kind == NameKind::ignored) {
        visitor_.on_ignored(rel);
    } else if (!S_ISREG(status->st_mode)) {
        visitor_.on_oddity(Oddity::not_regular, rel);
    } else if (!fits_path(rel)) {
        visitor_.on_oddity(Oddity::path_too_long, rel);
    } else {
        visitor_.on_image(rel, *status);
    }
}

}  // namespace hrn::supervisor::storage
