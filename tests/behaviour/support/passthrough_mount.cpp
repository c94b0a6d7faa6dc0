#define FUSE_USE_VERSION 31
#include "tests/behaviour/support/passthrough_mount.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

struct Shown {
    std::string behind;
    Renames renames;
};

const Shown& shown() {
    return *static_cast<const Shown*>(fuse_get_context()->private_data);
}

std::string real(const char* path) {
    return shown().behind + path;
}

int answer(std::int64_t result) {
    return result < 0 ? -errno : static_cast<int>(result);
}

int handle(const fuse_file_info* file) {
    return static_cast<int>(file->fh);
}

// --- the calls: each does to the folder behind what was asked of the mount
// ----------------------------------
void* initialise(fuse_conn_info*, fuse_config* config) {
    // Nothing is remembered: what is behind may change at any time. Open files that are removed stay usable
    // by their handle.
    config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
    config->use_ino = 1;
    config->hard_remove = 1;
    config->nullpath_ok = 1;
    return fuse_get_context()->private_data;
}

int get_attributes(const char* path, struct stat* status, fuse_file_info* file) {
    return answer(file != nullptr ? ::fstat(handle(file), status) : ::lstat(real(path).c_str(), status));
}

int change_mode(const char* path, mode_t mode, fuse_file_info* file) {
    return answer(file != nullptr ? ::fchmod(handle(file), mode) : ::chmod(real(path).c_str(), mode));
}

int change_owner(const char* path, uid_t user, gid_t group, fuse_file_info* file) {
    return answer(file != nullptr ? ::fchown(handle(file), user, group)
                                  : ::lchown(real(path).c_str(), user, group));
}

int change_times(const char* path, const timespec times[2], fuse_file_info* file) {
    return answer(file != nullptr ? ::futimens(handle(file), times)
                                  : ::utimensat(AT_FDCWD, real(path).c_str(), times, AT_SYMLINK_NOFOLLOW));
}

int change_size(const char* path, off_t size, fuse_file_info* file) {
    return answer(file != nullptr ? ::ftruncate(handle(file), size) : ::truncate(real(path).c_str(), size));
}

int open_file(const char* path, fuse_file_info* file) {
    const int fd = ::open(real(path).c_str(), file->flags | O_CLOEXEC);
    file->fh = static_cast<std::uint64_t>(fd);
    return fd < 0 ? -errno : 0;
}

int create_file(const char* path, mode_t mode, fuse_file_info* file) {
    const int fd = ::open(real(path).c_str(), file->flags | O_CREAT | O_CLOEXEC, mode);
    file->fh = static_cast<std::uint64_t>(fd);
    return fd < 0 ? -errno : 0;
}

int read_file(const char*, char* data, std::size_t size, off_t offset, fuse_file_info* file) {
    return answer(::pread(handle(file), data, size, offset));
}

int write_file(const char*, const char* data, std::size_t size, off_t offset, fuse_file_info* file) {
    return answer(::pwrite(handle(file), data, size, offset));
}

// Of files and of folders.
int release(const char*, fuse_file_info* file) {
    return answer(::close(handle(file)));
}

int sync_file(const char*, int data_only, fuse_file_info* file) {
    return answer(data_only != 0 ? ::fdatasync(handle(file)) : ::fsync(handle(file)));
}

int open_folder(const char* path, fuse_file_info* folder) {
    const int fd = ::open(real(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folder->fh = static_cast<std::uint64_t>(fd);
    return fd < 0 ? -errno : 0;
}

int sync_folder(const char*, int, fuse_file_info* folder) {
    return answer(::fsync(handle(folder)));
}

int list_folder(const char*, void* list, fuse_fill_dir_t add, off_t, fuse_file_info* opened,
                fuse_readdir_flags) {
    // A descriptor of its own: closedir() closes it, and it starts at the beginning.
    const int fd = ::openat(handle(opened), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(fd < 0 ? nullptr : ::fdopendir(fd), &::closedir);
    if (folder == nullptr) {
        return -errno;
    }
    while (const dirent* entry = ::readdir(folder.get())) {
        struct stat status {};
        status.st_ino = entry->d_ino;
        status.st_mode = DTTOIF(entry->d_type);
        if (add(list, entry->d_name, &status, 0, fuse_fill_dir_flags{}) != 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

int rename_entry(const char* from, const char* to, unsigned flags) {
    if (flags != 0 && shown().renames == Renames::plain_only) {
        return -EINVAL;
    }
    return answer(::renameat2(AT_FDCWD, real(from).c_str(), AT_FDCWD, real(to).c_str(), flags));
}

int link_entry(const char* from, const char* to) {
    return answer(::link(real(from).c_str(), real(to).c_str()));
}

int make_node(const char* path, mode_t mode, dev_t device) {
    return answer(::mknod(real(path).c_str(), mode, device));
}

int make_folder(const char* path, mode_t mode) {
    return answer(::mkdir(real(path).c_str(), mode));
}

int remove_file(const char* path) {
    return answer(::unlink(real(path).c_str()));
}

int remove_folder(const char* path) {
    return answer(::rmdir(real(path).c_str()));
}

int get_space(const char* path, struct statvfs* space) {
    return answer(::statvfs(real(path).c_str(), space));
}

fuse_operations operations() {
    fuse_operations calls{};
    calls.init = initialise;
    calls.getattr = get_attributes;
    calls.chmod = change_mode;
    calls.chown = change_owner;
    calls.utimens = change_times;
    calls.truncate = change_size;
    calls.open = open_file;
    calls.create = create_file;
    calls.read = read_file;
    calls.write = write_file;
    calls.release = release;
    calls.releasedir = release;
    calls.opendir = open_folder;
    calls.fsync = sync_file;
    calls.fsyncdir = sync_folder;
    calls.readdir = list_folder;
    calls.rename = rename_entry;
    calls.link = link_entry;
    calls.mknod = make_node;
    calls.mkdir = make_folder;
    calls.unlink = remove_file;
    calls.rmdir = remove_folder;
    calls.statfs = get_space;
    return calls;
}

// In the child, until the mount ends.
[[noreturn]] void serve(Shown shown, const std::string& point) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::umask(0);
    char program[] = "hrn-passthrough";
    char option[] = "-odefault_permissions,allow_other";
    char* arguments[] = {program, option, nullptr};
    fuse_args args = FUSE_ARGS_INIT(2, arguments);
    const fuse_operations calls = operations();
    fuse* served = fuse_new(&args, &calls, sizeof(calls), &shown);
    if (served == nullptr || fuse_mount(served, point.c_str()) != 0) {
        ::_exit(1);
    }
    ::_exit(fuse_loop(served) == 0 ? 0 : 1);
}

unsigned long device_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        throw std::system_error(errno, std::generic_category(), "stat " + path);
    }
    return status.st_dev;
}

}  // namespace

bool PassthroughMount::possible() {
    return ::geteuid() == 0 && ::access("/dev/fuse", R_OK | W_OK) == 0;
}

PassthroughMount::PassthroughMount(const std::string& behind, const std::string& point, Renames renames)
    : point_(point) {
    const unsigned long before = device_of(point);
    server_ = ::fork();
    if (server_ < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (server_ == 0) {
        serve({behind, renames}, point);
    }
    wait_until_mounted(before);
}

void PassthroughMount::wait_until_mounted(unsigned long device_before) {
    int status = 0;
    bool dead = false;
    const bool mounted = Service::eventually([&] {
        dead = ::waitpid(server_, &status, WNOHANG) == server_;
        return dead || device_of(point_) != device_before;
    });
    if (dead) {
        throw std::runtime_error("FUSE cannot mount on " + point_);
    }
    if (!mounted) {
        ::kill(server_, SIGKILL);
        ::waitpid(server_, &status, 0);
        throw std::runtime_error("nothing was mounted on " + point_);
    }
}

PassthroughMount::~PassthroughMount() {
    if (::umount2(point_.c_str(), MNT_DETACH) != 0) {
        std::perror(("umount " + point_).c_str());
    }
    // Whoever still uses it gets ENOTCONN.
    ::kill(server_, SIGKILL);
    int status = 0;
    ::waitpid(server_, &status, 0);
}

}  // namespace hrn::test
