#include "supervisor/storage/folders.hpp"

#include <array>
#include <cerrno>

#include "shared/fs.hpp"

namespace hrn::supervisor::storage {

namespace {

UniqueFd open_spool(const std::string& path) {
    try {
        return fs::open_directory(path);
    } catch (const fs::FsError& error) {
        if (error.error() == ENOENT || error.error() == ENOTDIR) {
            throw SpoolMissing("[service] spool_dir " + path +
                               " is not there: mount the disk or make the folder");
        }
        throw;
    }
}

UniqueFd made(int parent, const std::string& name) {
    fs::make_directory_at(parent, name);
    return fs::open_directory_at(parent, name);
}

UniqueFd open_claimed(int spool, const std::string& path, bool expects_claims) {
    if (expects_claims && !fs::status_at(spool, "claimed")) {
        throw SpoolMissing(
            "[service] spool_dir " + path +
            " has no claimed/ although tasks are unfinished: is its disk mounted? (If they are to "
            "be given up, make the folder claimed/ in it)");
    }
    return made(spool, "claimed");
}

}  // namespace

UniqueFd open_or_make_directory(const std::string& path) {
    try {
        return fs::open_directory(path);
    } catch (const fs::FsError& error) {
        if (error.error() != ENOENT) {
            throw;
        }
    }
    std::string above = path;
    while (above.size() > 1 && above.back() == '/') {
        above.pop_back();
    }
    const auto slash = above.rfind('/');
    const std::string name = slash == std::string::npos ? above : above.substr(slash + 1);
    const UniqueFd parent = slash == std::string::npos
                                ? fs::open_directory(".")
                                : open_or_make_directory(slash == 0 ? "/" : above.substr(0, slash));
    fs::make_directory_at(parent.get(), name);
    fs::sync_fd(parent.get());
    return fs::open_directory_at(parent.get(), name);
}

Folders::Folders(const Config::Service& config, bool expects_claims)
    : spool_path(config.spool_dir),
      results_path(config.results_dir),
      spool(open_spool(spool_path)),
      incoming(),
      claimed(open_claimed(spool.get(), spool_path, expects_claims)),
      done(made(spool.get(), "done")),
      failed(made(spool.get(), "failed")),
      spare(made(spool.get(), ".spare")),
      results(open_or_make_directory(results_path)),
      temporary(made(results.get(), ".tmp")),
      claim_folders(claimed.get(), spare.get()),
      incoming_folders(-1, true),
      done_folders(done.get(), true),
      failed_folders(failed.get(), true),
      results_folders(results.get(), false) {
    incoming = made(spool.get(), "incoming");
    incoming_folders = DirectoryCache(incoming.get(), true);
    fs::sync_fd(spool.get());
    fs::sync_fd(results.get());
}

void Folders::require_one_file_system() const {
    const std::string probe = kProbeName;
    const std::array<std::pair<int, const char*>, 4> way = {{{claimed.get(), "claimed"},
                                                             {incoming.get(), "incoming"},
                                                             {done.get(), "done"},
                                                             {failed.get(), "failed"}}};
    for (const auto& [folder, name] : way) {
        fs::unlink_at(folder, probe);  // of a process that was killed here
    }
    fs::write_file_at(claimed.get(), probe, "", false);
    for (std::size_t i = 0; i + 1 < way.size(); ++i) {
        const fs::Moved moved = fs::rename_no_replace(way[i].first, probe, way[i + 1].first, probe);
        if (moved != fs::Moved::moved) {
            fs::unlink_at(way[i].first, probe);
            throw UnusableFolders("[service] spool_dir " + spool_path + ": " + way[i + 1].second +
                                  "/ is not on the file system of " + way[i].second +
                                  "/: all four folders must be one (files are moved by rename)");
        }
    }
    fs::unlink_at(failed.get(), probe);
}

bool Folders::spool_is_there() const {
    struct stat now {};
    if (::stat(spool_path.c_str(), &now) != 0) {
        return false;
    }
    const struct stat opened = fs::status_of(spool.get());
    // An emptied or replaced incoming/ is as good as an unmounted disk: our descriptors lead elsewhere.
    const auto in = fs::status_at(spool.get(), "incoming");
    const struct stat opened_in = fs::status_of(incoming.get());
    return now.st_dev == opened.st_dev && now.st_ino == opened.st_ino && in &&
           in->st_ino == opened_in.st_ino && in->st_dev == opened_in.st_dev;
}

bool Folders::results_share_file_system() const {
    return fs::status_of(results.get()).st_dev == fs::status_of(spool.get()).st_dev;
}

void Folders::begin_group() {
    incoming_folders.clear();
    done_folders.clear();
    failed_folders.clear();
    results_folders.clear();
}

}  // namespace hrn::supervisor::storage
