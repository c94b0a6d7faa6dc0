#include "worker/model/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "worker/model/array.hpp"

namespace hrn::model {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
    throw ModelError(path.string() + ": cannot be written: " + std::generic_category().message(error));
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    std::filesystem::create_directories(path_.parent_path(), error);
    if (!error) {
        std::filesystem::remove(path_, error);
    }
    if (error) {
        fail(path_, error.value());
    }
    fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd_ < 0) {
        fail(path_, errno);
    }
}

OutputFile::~OutputFile() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void OutputFile::write(std::span<const std::byte> bytes) {
    size_ += bytes.size();
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail(path_, errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void OutputFile::write(std::string_view text) {
    write(std::as_bytes(std::span(text)));
}

void OutputFile::close() {
    if (::close(std::exchange(fd_, -1)) != 0) {
        fail(path_, errno);
    }
}

}  // namespace hrn::model
