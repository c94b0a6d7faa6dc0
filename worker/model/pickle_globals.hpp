// The globals that a pickle of tensors may mention, and what each means to the reader. Policy only: the
// machine in pickle.cpp does the work. Nothing here is ever imported or called.
//
// Pure function, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/model/array.hpp"

namespace hrn::model::pickle {

enum class GlobalKind : std::uint8_t {
    ordered_dict,       // collections.OrderedDict
    set,                // a set of plain values; read as a list
    size,               // torch.Size: a tuple
    storage_type,       // torch.FloatStorage and its like; `element` says which
    rebuild_tensor,     // torch._utils._rebuild_tensor, _rebuild_tensor_v2
    rebuild_parameter,  // torch._utils._rebuild_parameter
};

struct AllowedGlobal {
    std::string_view module;
    std::string_view name;
    GlobalKind kind;
    ElementType element;  // of storage types
};

// Index into the allow-list, or nothing if the global is not on it.
[[nodiscard]] std::optional<std::uint16_t> find_global(std::string_view module, std::string_view name);
[[nodiscard]] const AllowedGlobal& allowed_global(std::uint16_t id);

}  // namespace hrn::model::pickle
