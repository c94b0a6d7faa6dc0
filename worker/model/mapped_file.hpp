// A file mapped read-only into memory. The mapping lives as long as anybody holds a share of it, so arrays
// may point into it. Pages are read from disk when they are touched: opening a 250 MB file costs nothing.
//
// Created and used by any thread; immutable. Model files must not be truncated while they are mapped (a
// SIGBUS would follow): they are an operator's installation, not user input.
// Throws ModelError naming the path when the file cannot be opened, is not a regular file or is empty.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace hrn::model {

class MappedFile {
public:
    explicit MappedFile(const std::filesystem::path& path);

    [[nodiscard]] std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
    // A share of the mapping; keeps it alive after this object is gone.
    [[nodiscard]] std::shared_ptr<const std::byte> share() const { return data_; }

private:
    std::shared_ptr<const std::byte> data_;
    std::size_t size_ = 0;
};

}  // namespace hrn::model
