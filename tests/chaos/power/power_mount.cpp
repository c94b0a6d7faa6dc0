#define FUSE_USE_VERSION 312
#include "tests/chaos/power/power_mount.hpp"

#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace hrn::test {
namespace {

// Names and attributes are never cached: nothing is believed that the tree does not say now.
constexpr double kCacheSeconds = 0;

}  // namespace

class PowerMount::Server {
public:
    Server(const std::string& point, PowerTree tree) : tree_(std::move(tree)) {
        char program[] = "hrn-power";
        char option[] = "-odefault_permissions,allow_other";
        char* arguments[] = {program, option, nullptr};
        fuse_args args = FUSE_ARGS_INIT(2, arguments);
        session_ = fuse_session_new(&args, &operations(), sizeof(fuse_lowlevel_ops), this);
        if (session_ == nullptr) {
            throw std::runtime_error("fuse_session_new failed");
        }
        if (fuse_session_mount(session_, point.c_str()) != 0) {
            fuse_session_destroy(session_);
            throw std::runtime_error("cannot mount on " + point);
        }
        thread_ = std::thread([this] { static_cast<void>(fuse_session_loop(session_)); });
    }

    ~Server() {
        fuse_session_exit(session_);
        fuse_session_unmount(session_);  // ends the loop's read
        thread_.join();
        fuse_session_destroy(session_);
    }

    void cut_at(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        left_ = number;
    }
    [[nodiscard]] bool is_cut() const {
        const std::lock_guard lock(mutex_);
        return survivors_.has_value();
    }
    [[nodiscard]] std::string cut_call() const {
        const std::lock_guard lock(mutex_);
        return cut_call_;
    }
    [[nodiscard]] PowerTree survivors() const {
        const std::lock_guard lock(mutex_);
        return survivors_ ? *survivors_ : tree_.after_power_loss();
    }

private:
    static Server& of(fuse_req_t request) { return *static_cast<Server*>(fuse_req_userdata(request)); }

    // Called with the lock, before a call that changes or syncs.
    void count(const char* call, const std::string& name = {}) {
        if (left_ != 0 && --left_ == 0) {
            survivors_ = tree_.after_power_loss();
            cut_call_ = call + (name.empty() ? std::string() : " " + name);
        }
    }

    [[nodiscard]] struct stat status_of(Ino ino, const PowerTree::Node& node) const {
        struct stat status {};
        status.st_ino = ino;
        status.st_mode = node.mode;
        status.st_nlink = node.links;
        status.st_uid = node.uid;
        status.st_gid = node.gid;
        status.st_size = static_cast<off_t>(node.bytes.size());
        status.st_blocks = (status.st_size + 511) / 512;
        status.st_mtim = status.st_atim = node.modified;
        status.st_ctim = node.changed;
        return status;
    }

    [[nodiscard]] fuse_entry_param entry_of(Ino ino) {
        fuse_entry_param entry{};
        entry.ino = ino;
        entry.attr = status_of(ino, *tree_.find(ino));
        entry.attr_timeout = entry.entry_timeout = kCacheSeconds;
        return entry;
    }

    static void answer(fuse_req_t request, std::int64_t result) {
        fuse_reply_err(request, result < 0 ? static_cast<int>(-result) : 0);
    }

    // --- the calls; each takes the lock
    // ------------------------------------------------------------------------
    static void look_up(fuse_req_t request, fuse_ino_t parent, const char* name) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        const Ino ino = self.tree_.look_up(parent, name);
        if (ino == 0) {
            fuse_reply_err(request, ENOENT);
            return;
        }
        const fuse_entry_param entry = self.entry_of(ino);
        fuse_reply_entry(request, &entry);
    }

    static void get_attributes(fuse_req_t request, fuse_ino_t ino, fuse_file_info*) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        const PowerTree::Node* node = self.tree_.find(ino);
        if (node == nullptr) {
            fuse_reply_err(request, ENOENT);
            return;
        }
        const struct stat status = self.status_of(ino, *node);
        fuse_reply_attr(request, &status, kCacheSeconds);
    }

    static void set_attributes(fuse_req_t request, fuse_ino_t ino, struct stat* wanted, int which,
                               fuse_file_info*) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        PowerTree::Node* node = self.tree_.find(ino);
        if (node == nullptr) {
            fuse_reply_err(request, ENOENT);
            return;
        }
        if ((which & FUSE_SET_ATTR_MODE) != 0) {
            node->mode = (node->mode & S_IFMT) | (wanted->st_mode & ~static_cast<mode_t>(S_IFMT));
        }
        if ((which & FUSE_SET_ATTR_UID) != 0) {
            node->uid = wanted->st_uid;
        }
        if ((which & FUSE_SET_ATTR_GID) != 0) {
            node->gid = wanted->st_gid;
        }
        if ((which & FUSE_SET_ATTR_SIZE) != 0) {
            self.count("truncate");
            node->bytes.resize(static_cast<std::size_t>(wanted->st_size));
        }
        if ((which & FUSE_SET_ATTR_MTIME) != 0) {
            node->modified = wanted->st_mtim;
        }
        const struct stat status = self.status_of(ino, *node);
        fuse_reply_attr(request, &status, kCacheSeconds);
    }

    static void make_node(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("make", name);
        self.reply_made(request, parent, name, mode);
    }
    static void make_folder(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
        make_node(request, parent, name, S_IFDIR | mode, 0);
    }
    void reply_made(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
        const fuse_ctx* caller = fuse_req_ctx(request);
        const std::int64_t made = tree_.make(parent, name, mode, caller->uid, caller->gid);
        if (made < 0) {
            answer(request, made);
            return;
        }
        const fuse_entry_param entry = entry_of(static_cast<Ino>(made));
        fuse_reply_entry(request, &entry);
    }

    static void create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode,
                       fuse_file_info* info) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("create", name);
        const fuse_ctx* caller = fuse_req_ctx(request);
        std::int64_t made = self.tree_.make(parent, name, S_IFREG | mode, caller->uid, caller->gid);
        if (made == -EEXIST && (info->flags & O_EXCL) == 0) {
            made = static_cast<std::int64_t>(self.tree_.look_up(parent, name));
        }
        if (made < 0) {
            answer(request, made);
            return;
        }
        const fuse_entry_param entry = self.entry_of(static_cast<Ino>(made));
        fuse_reply_create(request, &entry, info);
    }

    static void remove(fuse_req_t request, fuse_ino_t parent, const char* name) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("unlink", name);
        answer(request, self.tree_.remove(parent, name, false));
    }
    static void remove_folder(fuse_req_t request, fuse_ino_t parent, const char* name) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("rmdir", name);
        answer(request, self.tree_.remove(parent, name, true));
    }
    static void rename(fuse_req_t request, fuse_ino_t from, const char* name, fuse_ino_t to,
                       const char* new_name, unsigned flags) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("rename", name);
        answer(request, self.tree_.rename(from, name, to, new_name, flags));
    }
    static void link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t parent, const char* name) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("link", name);
        if (const std::int64_t result = self.tree_.link(ino, parent, name); result < 0) {
            answer(request, result);
            return;
        }
        const fuse_entry_param entry = self.entry_of(ino);
        fuse_reply_entry(request, &entry);
    }

    static void open(fuse_req_t request, fuse_ino_t ino, fuse_file_info* info) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        if ((info->flags & O_TRUNC) != 0) {
            self.count("truncate");
            self.tree_.find(ino)->bytes.clear();
        }
        fuse_reply_open(request, info);
    }
    static void read(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset, fuse_file_info*) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        const std::string& bytes = self.tree_.find(ino)->bytes;
        const auto begin = std::min(static_cast<std::size_t>(offset), bytes.size());
        fuse_reply_buf(request, bytes.data() + begin, std::min(size, bytes.size() - begin));
    }
    static void write(fuse_req_t request, fuse_ino_t ino, const char* data, std::size_t size, off_t offset,
                      fuse_file_info*) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("write");
        PowerTree::Node& node = *self.tree_.find(ino);
        const auto end = static_cast<std::size_t>(offset) + size;
        if (node.bytes.size() < end) {
            node.bytes.resize(end);
        }
        std::memcpy(node.bytes.data() + offset, data, size);
        ::clock_gettime(CLOCK_REALTIME, &node.modified);
        node.changed = node.modified;
        fuse_reply_write(request, size);
    }
    static void sync_file(fuse_req_t request, fuse_ino_t ino, int, fuse_file_info*) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("fsync");
        self.tree_.sync_file(ino);
        answer(request, 0);
    }
    static void sync_folder(fuse_req_t request, fuse_ino_t ino, int, fuse_file_info*) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        self.count("fsync of a folder");
        self.tree_.sync_folder(ino);
        answer(request, 0);
    }

    // The whole list at once would have to fit; it goes out in pieces, by position.
    static void read_folder(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset,
                            fuse_file_info*) {
        Server& self = of(request);
        const std::lock_guard lock(self.mutex_);
        std::string buffer(size, '\0');
        std::size_t used = 0;
        off_t position = 0;
        for (const auto& [name, child] : self.tree_.find(ino)->names) {
            if (++position <= offset) {
                continue;
            }
            const struct stat status = self.status_of(child, *self.tree_.find(child));
            const std::size_t needed = fuse_add_direntry(request, buffer.data() + used, size - used,
                                                         name.c_str(), &status, position);
            if (used + needed > size) {
                break;
            }
            used += needed;
        }
        fuse_reply_buf(request, buffer.data(), used);
    }

    static void file_system(fuse_req_t request, fuse_ino_t) {
        struct statvfs status {};
        status.f_bsize = status.f_frsize = 4096;
        status.f_blocks = status.f_bfree = status.f_bavail = 64U << 20;
        status.f_files = status.f_ffree = status.f_favail = 1U << 30;
        status.f_namemax = 255;
        fuse_reply_statfs(request, &status);
    }

    static const fuse_lowlevel_ops& operations() {
        static const fuse_lowlevel_ops table = [] {
            fuse_lowlevel_ops ops{};
            ops.lookup = look_up;
            ops.getattr = get_attributes;
            ops.setattr = set_attributes;
            ops.mknod = make_node;
            ops.mkdir = make_folder;
            ops.create = create;
            ops.unlink = remove;
            ops.rmdir = remove_folder;
            ops.rename = rename;
            ops.link = link;
            ops.open = open;
            ops.read = read;
            ops.write = write;
            ops.fsync = sync_file;
            ops.fsyncdir = sync_folder;
            ops.readdir = read_folder;
            ops.statfs = file_system;
            return ops;
        }();
        return table;
    }

    mutable std::mutex mutex_;
    PowerTree tree_;
    std::uint64_t left_ = 0;
    std::string cut_call_;
    std::optional<PowerTree> survivors_;
    fuse_session* session_ = nullptr;
    std::thread thread_;
};

bool PowerMount::can_mount() {
    return ::geteuid() == 0 && ::access("/dev/fuse", R_OK | W_OK) == 0;
}

PowerMount::PowerMount(const std::string& point, PowerTree tree)
    : server_(std::make_unique<Server>(point, std::move(tree))) {}

PowerMount::~PowerMount() = default;

void PowerMount::cut_at(std::uint64_t number) {
    server_->cut_at(number);
}

bool PowerMount::is_cut() const {
    return server_->is_cut();
}

std::string PowerMount::cut_call() const {
    return server_->cut_call();
}

PowerTree PowerMount::survivors() const {
    return server_->survivors();
}

}  // namespace hrn::test
