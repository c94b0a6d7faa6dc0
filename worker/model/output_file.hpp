// A new file that is being written. An existing file of that name is unlinked first, never truncated: a
// process that has the old one mapped keeps it.
//
// One owner, one thread. Throws ModelError naming the path when the disk is full or anything else fails;
// call close() to learn of the last error, the destructor swallows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace hrn::model {

class OutputFile {
public:
    explicit OutputFile(std::filesystem::path path);  // makes the parent folders
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();

    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);
    void close();
    [[nodiscard]] std::uint64_t size() const { return size_; }  // bytes written so far

private:
    std::filesystem::path path_;
    int fd_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace hrn::model
