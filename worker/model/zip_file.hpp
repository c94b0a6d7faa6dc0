// The table of contents of a zip archive whose entries are stored, not compressed, as torch.save writes
// them; zip64 too. Every offset and length is checked against the file.
//
// Views into the given bytes; the caller keeps them alive. Immutable, any thread.
// Throws ModelError("NAME: what is wrong").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hrn::model {

[[nodiscard]] bool looks_like_zip(std::span<const std::byte> bytes);

class ZipFile {
public:
    ZipFile(std::span<const std::byte> bytes, std::string name);

    // The content of the entry of that name; ModelError if there is none, if it is compressed or if it does
    // not lie inside the file.
    [[nodiscard]] std::span<const std::byte> content(std::string_view entry) const;
    [[nodiscard]] bool has(std::string_view entry) const { return entries_.contains(std::string(entry)); }
    // torch.save puts everything below one folder, whose name is free: the folder of the entry that ends in
    // "/data.pkl", with its slash. ModelError if there is none: not a file of torch.save.
    [[nodiscard]] std::string torch_folder() const;
    [[nodiscard]] bool has_folder(std::string_view folder) const;

private:
    struct Entry {
        std::uint64_t header;  // offset of the local header
        std::uint64_t size;
        std::uint16_t method;
    };
    void read_directory(std::uint64_t offset, std::uint64_t size, std::uint64_t count);

    std::span<const std::byte> bytes_;
    std::string name_;
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace hrn::model
