// Everything that a torch.save file holds, as a tree of plain values, with the tensors' numbers in place in
// the file's mapping. For the list of tensors that a model needs see torch_file.hpp.
//
// Any thread; the document keeps the mapping alive. Throws ModelError with one line that names the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "worker/model/array.hpp"
#include "worker/model/pickle.hpp"

namespace hrn::model {

struct TorchDocument {
    pickle::Document tree;
    std::vector<Array> arrays;  // one per tree.tensors
};

[[nodiscard]] TorchDocument read_torch_document(const std::filesystem::path& path);

// The same from `size` bytes in memory, which the document shares. `name` begins every message.
[[nodiscard]] TorchDocument parse_torch_document(const std::shared_ptr<const std::byte>& data,
                                                 std::size_t size, const std::string& name);

}  // namespace hrn::model
