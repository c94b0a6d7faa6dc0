#include "worker/model/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "worker/model/array.hpp"

namespace hrn::model {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

[[noreturn]] void fail(const std::filesystem::path& path, const char* what, int error) {
    throw ModelError(path.string() + ": " + what + ": " + std::generic_category().message(error));
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
    // O_NONBLOCK: a FIFO in the place of a model file must not stop the program; it is refused below.
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) {
        fail(path, "cannot be opened", errno);
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) {
        fail(path, "cannot be examined", errno);
    }
    if (!S_ISREG(status.st_mode)) {
        throw ModelError(path.string() + ": is not a regular file");
    }
    if (status.st_size == 0) {
        throw ModelError(path.string() + ": is empty");
    }
    size_ = static_cast<std::size_t>(status.st_size);
    void* address = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED) {
        fail(path, "cannot be mapped into memory", errno);
    }
    data_ = std::shared_ptr<const std::byte>(
        static_cast<const std::byte*>(address),
        [size = size_](const std::byte* mapped) { munmap(const_cast<std::byte*>(mapped), size); });
}

}  // namespace hrn::model
