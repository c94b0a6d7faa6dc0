#include "worker/model/pickle_globals.hpp"

#include <array>

namespace hrn::model::pickle {
namespace {

constexpr auto kNoElement = ElementType::u8;
constexpr auto kStorage = GlobalKind::storage_type;

constexpr std::array kAllowed{
    AllowedGlobal{"collections", "OrderedDict", GlobalKind::ordered_dict, kNoElement},
    AllowedGlobal{"builtins", "set", GlobalKind::set, kNoElement},
    AllowedGlobal{"__builtin__", "set", GlobalKind::set, kNoElement},
    AllowedGlobal{"torch", "Size", GlobalKind::size, kNoElement},
    AllowedGlobal{"torch._utils", "_rebuild_tensor", GlobalKind::rebuild_tensor, kNoElement},
    AllowedGlobal{"torch._utils", "_rebuild_tensor_v2", GlobalKind::rebuild_tensor, kNoElement},
    AllowedGlobal{"torch._utils", "_rebuild_parameter", GlobalKind::rebuild_parameter, kNoElement},
    AllowedGlobal{"torch", "HalfStorage", kStorage, ElementType::f16},
    AllowedGlobal{"torch", "BFloat16Storage", kStorage, ElementType::bf16},
    AllowedGlobal{"torch", "FloatStorage", kStorage, ElementType::f32},
    AllowedGlobal{"torch", "DoubleStorage", kStorage, ElementType::f64},
    AllowedGlobal{"torch", "ByteStorage", kStorage, ElementType::u8},
    AllowedGlobal{"torch", "CharStorage", kStorage, ElementType::i8},
    AllowedGlobal{"torch", "ShortStorage", kStorage, ElementType::i16},
    AllowedGlobal{"torch", "IntStorage", kStorage, ElementType::i32},
    AllowedGlobal{"torch", "LongStorage", kStorage, ElementType::i64},
    AllowedGlobal{"torch", "BoolStorage", kStorage, ElementType::boolean},
};

}  // namespace

std::optional<std::uint16_t> find_global(std::string_view module, std::string_view name) {
    for (std::size_t i = 0; i < kAllowed.size(); ++i) {
        if (kAllowed[i].module == module && kAllowed[i].name == name) {
            return static_cast<std::uint16_t>(i);
        }
    }
    return std::nullopt;
}

const AllowedGlobal& allowed_global(std::uint16_t id) {
    return kAllowed.at(id);
}

}  // namespace hrn::model::pickle
