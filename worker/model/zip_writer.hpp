// Writes a zip archive of stored entries whose data begin at multiples of 64 bytes, as torch.save does, so
// that readers can map them. Archives and entries below 4 GiB.
//
// One owner, one thread. Throws ModelError naming the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "worker/model/output_file.hpp"

namespace hrn::model {

class ZipWriter {
public:
    explicit ZipWriter(const std::filesystem::path& path) : path_(path), out_(path) {}

    void add(const std::string& name, std::span<const std::byte> content);
    void finish();  // writes the directory; without it the file is no archive

private:
    struct Entry {
        std::string name;
        std::uint32_t offset, size, crc;
    };
    void check_size(std::uint64_t added) const;

    std::filesystem::path path_;
    OutputFile out_;
    std::vector<Entry> entries_;
};

}  // namespace hrn::model
