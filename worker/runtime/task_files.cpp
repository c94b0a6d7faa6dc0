#include "worker/runtime/task_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "shared/fs.hpp"
#include "shared/text.hpp"
#include "shared/unique_fd.hpp"
#include "worker/runtime/task_failure.hpp"

namespace hrn::runtime {

namespace {

constexpr std::size_t kMaxTaskJson = std::size_t{64} * 1024;

[[noreturn]] void fail_reading(const std::string& name, int error) {
    const std::string why = "cannot read " + name + ": " + std::generic_category().message(error);
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ELOOP:
            throw TaskFailed(ErrorCode::original_missing, why, error);
        case EACCES:
        case EPERM:
            throw TaskFailed(ErrorCode::permission_denied, why, error);
        default:
            throw TaskFailed(ErrorCode::io_error, why, error);
    }
}

UniqueFd open_task_folder(const std::string& claimed, const TaskId& id) {
    const std::string path = claimed + "/" + id.text();
    UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) {
        const int error = errno;
        if (error == EACCES || error == EPERM) {
            // The supervisor made this folder: not the user's doing, but a spool that was mounted anew since
            // this worker confined itself, or a service that was set up wrongly.
            throw TaskFailed(ErrorCode::io_error,
                             "cannot open " + path + ": " + std::generic_category().message(error), error);
        }
        fail_reading(path, error);
    }
    return folder;
}

struct stat status_of_image(int fd, const std::string& name) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        fail_reading(name, errno);
    }
    return status;
}

std::vector<std::byte> read_bytes(int fd, std::size_t count, const std::string& name) {
    std::vector<std::byte> bytes(count);
    std::size_t got = 0;
    while (got < count) {
        const ssize_t n = ::read(fd, bytes.data() + got, count - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fail_reading(name, errno);
        }
        if (n == 0) {
            break;  // cut short since fstat; the caller sees that by the second fstat
        }
        got += static_cast<std::size_t>(n);
    }
    bytes.resize(got);
    return bytes;
}

bool same_contents(const struct stat& before, const struct stat& after) {
    return before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
           before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
}

// The name for the result. A task.json that cannot be used costs the name, not the task: the supervisor has
// its own record of it.
std::string read_source(int folder) {
    const auto text = fs::read_file_at(folder, "task.json", kMaxTaskJson);
    if (!text) {
        return {};
    }
    const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) {
        return {};
    }
    if (const auto exact = json.find("source_bytes"); exact != json.end() && exact->is_string()) {
        return from_base64(exact->get_ref<const std::string&>());
    }
    const auto shown = json.find("source");
    return shown != json.end() && shown->is_string() ? shown->get<std::string>() : std::string{};
}

}  // namespace

ClaimedImage read_claimed_image(const std::string& claimed, const TaskId& id, const ImageLimits& limits) {
    const std::string name = "claimed/" + id.text() + "/image";
    const UniqueFd folder = open_task_folder(claimed, id);
    // O_NONBLOCK: a FIFO in its place must not hold the thread.
    const UniqueFd file(
        ::openat(folder.get(), "image", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) {
        fail_reading(name, errno);
    }
    const struct stat before = status_of_image(file.get(), name);
    if (!S_ISREG(before.st_mode)) {
        throw TaskFailed(ErrorCode::original_missing, name + " is not a regular file any more");
    }
    const auto size = static_cast<std::uint64_t>(before.st_size);
    ClaimedImage image;
    image.changed = size != limits.bytes_when_claimed;
    if (size == 0) {
        throw TaskFailed(image.changed ? ErrorCode::file_changed : ErrorCode::empty_file,
                         "the file is empty");
    }
    if (limits.max_file_bytes != 0 && size > limits.max_file_bytes) {
        throw TaskFailed(ErrorCode::file_too_large, "the file has " + std::to_string(size) +
                                                        " bytes, [limits] max_file_bytes is " +
                                                        std::to_string(limits.max_file_bytes));
    }
    image.bytes = read_bytes(file.get(), std::min<std::uint64_t>(size, limits.bytes_needed), name);
    image.changed = image.changed || !same_contents(before, status_of_image(file.get(), name));
    try {
        image.source = read_source(folder.get());
    } catch (const std::invalid_argument&) {
        image.source.clear();  // broken base64: as a broken task.json
    }
    return image;
}

}  // namespace hrn::runtime
