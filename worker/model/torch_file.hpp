// Files that Python's torch.save wrote, zip archives and the older ("legacy") format alike, read without
// Python and without executing anything: an allow-list of the globals that tensors need, see pickle.hpp.
//
// Nested dicts and lists are flattened to dotted names in the order of the file
// ("net_recon.backbone.conv1.weight"). Arrays point into the file's mapping; nothing is copied. Values that
// are no tensors (numbers, texts) are not in the list.
//
// Any thread; a TensorFile is immutable. Everything wrong throws ModelError with one line that names the
// file, and the key where there is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "worker/model/array.hpp"

namespace hrn::model {

struct NamedArray {
    std::string name;
    Array array;
    bool parameter = false;  // was a torch.nn.Parameter
};

class TensorFile {
public:
    // Throws ModelError if a name occurs twice.
    TensorFile(std::filesystem::path path, std::vector<NamedArray> entries);
    // Moves only: the index points into the entries.
    TensorFile(const TensorFile&) = delete;
    TensorFile& operator=(const TensorFile&) = delete;
    TensorFile(TensorFile&&) = default;
    TensorFile& operator=(TensorFile&&) = default;
    ~TensorFile() = default;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] const std::vector<NamedArray>& entries() const { return entries_; }
    [[nodiscard]] const Array* find(std::string_view name) const;  // nullptr if there is none
    // The array of that name and shape (-1: any length). Otherwise ModelError naming file, key, expected and
    // found shape.
    [[nodiscard]] const Array& require(std::string_view name, const std::vector<std::int64_t>& shape) const;
    [[nodiscard]] bool has_prefix(std::string_view prefix) const;  // any name that begins so

private:
    std::filesystem::path path_;
    std::vector<NamedArray> entries_;
    std::unordered_map<std::string_view, std::size_t> index_;  // views into entries_
};

[[nodiscard]] TensorFile read_torch_file(const std::filesystem::path& path);
// The same from `size` bytes in memory, which the arrays share; `name` stands for the path in messages.
[[nodiscard]] TensorFile parse_torch_file(const std::shared_ptr<const std::byte>& data, std::size_t size,
                                          const std::filesystem::path& name);

// Is this a zip archive with TorchScript code inside? Only LibTorch can load those.
[[nodiscard]] bool is_torchscript(const std::filesystem::path& path);

}  // namespace hrn::model
