#include "worker/runtime/confinement/landlock.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "shared/unique_fd.hpp"

namespace hrn::runtime {

namespace {

// The kernel's interface (include/uapi/linux/landlock.h). It stands here because the header of Debian 12 ends
// with ABI 2, while the kernel that the program meets may be newer.
constexpr unsigned kVersionFlag = 1;
constexpr int kRulePathBeneath = 1;

namespace access {
constexpr std::uint64_t execute = 1U << 0;
constexpr std::uint64_t write_file = 1U << 1;
constexpr std::uint64_t read_file = 1U << 2;
constexpr std::uint64_t read_dir = 1U << 3;
constexpr std::uint64_t remove_dir = 1U << 4;
constexpr std::uint64_t remove_file = 1U << 5;
constexpr std::uint64_t make_dir = 1U << 7;
constexpr std::uint64_t make_reg = 1U << 8;
constexpr std::uint64_t truncate = 1U << 14;
constexpr std::uint64_t ioctl_dev = 1U << 15;
// What a rule about a file (not a folder) may contain.
constexpr std::uint64_t of_files = execute | write_file | read_file | truncate | ioctl_dev;
}  // namespace access

struct RulesetAttributes {
    std::uint64_t files = 0;
    std::uint64_t network = 0;  // from ABI 4
    std::uint64_t scoped = 0;   // from ABI 6
};

struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed;
    std::int32_t folder;
};

// What each ABI added to what can be restricted. Later ones than the last row are used as the last row.
struct AbiRow {
    int abi;
    std::uint64_t files;    // all bits known then
    std::uint64_t network;  // bind and connect of TCP
    std::uint64_t scoped;   // abstract Unix sockets, signals
};
constexpr std::array<AbiRow, 6> kAbis = {{
    {1, 0x1FFF, 0, 0},  // every file system right up to make_sym
    {2, 0x3FFF, 0, 0},  // + refer: rename and link from one folder to another (ABI 1 refuses it always)
    {3, 0x7FFF, 0, 0},  // + truncate
    {4, 0x7FFF, 3, 0},
    {5, 0xFFFF, 3, 0},  // + ioctl on devices
    {6, 0xFFFF, 3, 3},
}};

const AbiRow& row_of(int abi) {
    const AbiRow* best = &kAbis.front();
    for (const AbiRow& row : kAbis) {
        if (row.abi <= abi) {
            best = &row;
        }
    }
    return *best;
}

std::uint64_t bits_of(FileUse use) {
    using namespace access;
    switch (use) {
        case FileUse::read:
            return read_file | read_dir;
        case FileUse::libraries:
            return read_file | read_dir | execute;
        case FileUse::device:
            return read_file | read_dir | write_file | ioctl_dev;
        case FileUse::edit:
            return read_file | read_dir | write_file | truncate;
        case FileUse::fill:
            return read_file | read_dir | write_file | truncate | make_reg | make_dir | remove_file |
                   remove_dir;
    }
    return 0;
}

[[noreturn]] void fail(const std::string& call) {
    throw std::system_error(errno, std::generic_category(), call);
}

bool is_not_reachable(int error) {
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP;
}

void allow(int ruleset, const FileRight& right, std::uint64_t handled) {
    const UniqueFd target(::open(right.path.c_str(), O_PATH | O_CLOEXEC));
    if (!target) {
        if (is_not_reachable(errno)) {
            return;
        }
        fail("open " + right.path);
    }
    struct stat status {};
    if (::fstat(target.get(), &status) != 0) {
        fail("fstat " + right.path);
    }
    PathBeneath rule{bits_of(right.use) & handled, target.get()};
    if (!S_ISDIR(status.st_mode)) {
        rule.allowed &= access::of_files;
    }
    // EBADFD: a file without a place in a file system (a pipe, a memfd); those are not restricted either.
    if (::syscall(SYS_landlock_add_rule, ruleset, kRulePathBeneath, &rule, 0U) != 0 && errno != EBADFD) {
        fail("landlock_add_rule " + right.path);
    }
}

}  // namespace

int landlock_abi() noexcept {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, kVersionFlag);
    return abi > 0 ? static_cast<int>(abi) : 0;
}

bool restrict_files(std::span<const FileRight> rights) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        fail("prctl(PR_SET_NO_NEW_PRIVS)");
    }
    const int abi = landlock_abi();
    if (abi == 0) {
        return false;
    }
    const AbiRow& row = row_of(abi);
    const RulesetAttributes attributes{row.files, row.network, row.scoped};
    // An older kernel takes a longer structure as long as what it does not know is 0.
    const UniqueFd ruleset(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0U)));
    if (!ruleset) {
        fail("landlock_create_ruleset");
    }
    for (const FileRight& right : rights) {
        allow(ruleset.get(), right, row.files);
    }
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0) {
        fail("landlock_restrict_self");
    }
    return true;
}

}  // namespace hrn::runtime
