// Writes torch.save files that Python, and our own reader, load: both formats, nested dicts of contiguous
// tensors, nothing else. Used by hrn-model synthesise and by tests.
//
// One thread per file. Throws ModelError naming the file when it cannot be written, std::invalid_argument
// for an array that is not contiguous.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "worker/model/array.hpp"

namespace hrn::model {

struct TorchDict;
using TorchItem = std::variant<Array, TorchDict>;

struct TorchDict {
    bool ordered = false;  // a collections.OrderedDict, as state_dict() returns, or a plain dict
    std::vector<std::string> keys;
    std::vector<TorchItem> values;  // one per key

    void add(std::string key, TorchItem value);
};

enum class TorchFormat { zip, legacy };

void write_torch_file(const std::filesystem::path& path, const TorchDict& content, TorchFormat format);

}  // namespace hrn::model
