// Landlock, by raw system calls (glibc has no wrappers): from here on the calling thread, and every thread
// and program that it starts, opens only the files that are named here, whatever its user may do otherwise.
//
// Mechanism only; file_rights.hpp decides who gets what. Called once by a worker's main thread. What an older
// kernel cannot restrict stays open, and abi() says which kernel this is; an unexpected refusal by the kernel
// throws std::system_error.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hrn::runtime {

enum class FileUse : std::uint8_t {
    read,       // files and folder listings
    libraries,  // read, and run: only what the worker cannot write
    device,     // read, write and ioctl
    edit,       // read; write to files that are there
    fill  // read; make, write and remove files and folders; no links, sockets, devices or renames elsewhere
};

// A file, or a folder and everything below it. Symbolic links are followed once, now.
struct FileRight {
    std::string path;
    FileUse use = FileUse::read;
};

// Which Landlock the running kernel has; 0: none (not built in, switched off at boot, or refused by a
// container's filter).
[[nodiscard]] int landlock_abi() noexcept;

// Sets no_new_privs and restricts the calling thread. A path that is not there or cannot be reached is left
// out. Beyond files: no TCP (from ABI 4), no ioctl on other devices (5), no abstract Unix sockets and no
// signals to processes outside (6). False: there is no Landlock here, and nothing but no_new_privs was done.
[[nodiscard]] bool restrict_files(std::span<const FileRight> rights);

}  // namespace hrn::runtime
