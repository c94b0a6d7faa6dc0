// The small part of Python's pickle that torch.save needs, as a machine that builds plain values and can do
// nothing else: a global is a name on an allow-list (pickle_globals.hpp), calling one makes a dict, a tuple
// or the description of a tensor. Any other global is refused by its name the moment it is mentioned.
//
// The input is hostile: every length is checked against the bytes that are there, counts and nesting are
// limited, and the machine neither recurses nor allocates more than a small multiple of the pickle's size.
// Values live in one arena and refer to each other by index, so cycles and sharing cost nothing.
//
// Any thread; no state between calls. Throws ModelError("NAME: what is wrong").
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "worker/model/array.hpp"

namespace hrn::model::pickle {

using Ref = std::uint32_t;  // index into Document::values

struct None {};
// An integer of more than 64 bits: its little-endian two's complement bytes.
struct BigInteger {
    std::string bytes;
};
struct List {
    std::vector<Ref> items;
};
struct Tuple {
    std::vector<Ref> items;
};
struct Dict {
    std::vector<std::pair<Ref, Ref>> items;  // in order; a repeated key is not merged
};
struct TensorRef {
    std::uint32_t index;  // into Document::tensors
};
// A share of a storage: `count` elements from `first`.
struct StorageView {
    std::uint32_t index;  // into Document::storages
    std::uint64_t first;
    std::uint64_t count;
};
struct Global {
    std::uint16_t id;  // into the allow-list
};

using Value = std::variant<None, bool, std::int64_t, BigInteger, double, std::string, List, Tuple, Dict,
                           TensorRef, StorageView, Global>;

// A block of numbers that lies outside the pickle, under this key.
struct Storage {
    std::string key;
    ElementType type;
    std::uint64_t count;  // elements, as the pickle claims
};

// Invariant: every element that shape and strides address lies inside storages[storage] as claimed.
struct Tensor {
    std::uint32_t storage;
    std::int64_t offset;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
    bool parameter;  // came through torch.nn.Parameter
};

struct Document {
    std::vector<Value> values;
    std::vector<Tensor> tensors;
    std::vector<Storage> storages;  // in the order in which they were first mentioned
    std::unordered_map<std::string, std::uint32_t> storage_index;  // key -> index into storages
    std::size_t copied_items = 0;                                  // work done so far for calls, limited
    Ref root = 0;
    std::size_t consumed = 0;  // bytes of the pickle, its STOP included
};

// Reads one pickle from the start of `bytes` (which may go on after it). `name` begins every message.
[[nodiscard]] Document unpickle(std::span<const std::byte> bytes, std::string_view name);

}  // namespace hrn::model::pickle
