// An n-dimensional array as it was found in a model file: element type, shape, strides and a share in the
// bytes behind it (a file mapping or a heap block). Reading a model copies nothing until somebody asks for
// numbers; views of one storage stay views.
//
// Owned by value (a few words and a shared_ptr); the bytes live as long as any Array that uses them.
// Immutable after loading, so any thread may read. No LibTorch here: model files can be read, described
// and fuzzed without it.
//
// Diagnostics: a file that does not say what it should throws ModelError, whose what() is one line for the
// operator: which file, which key, what was expected and what was found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hrn::model {

// A fault in a model file or directory; the operator's to mend, never retried.
class ModelError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class ElementType : std::uint8_t { f16, bf16, f32, f64, u8, i8, i16, u16, i32, u32, i64, u64, boolean };

[[nodiscard]] std::size_t element_size(ElementType type);
[[nodiscard]] std::string_view element_name(ElementType type);  // as numpy spells it: "float32"

struct Array {
    ElementType type = ElementType::f32;
    std::vector<std::int64_t> shape;    // outermost first; empty: a scalar
    std::vector<std::int64_t> strides;  // in elements, one per axis
    std::int64_t offset = 0;            // first element, in elements from `bytes`
    // Invariant: every element that shape and strides can address lies inside [0, byte_count).
    // Whoever makes an Array has checked that; whoever reads one need not.
    std::shared_ptr<const std::byte> bytes;
    std::size_t byte_count = 0;

    [[nodiscard]] std::int64_t count() const;  // elements; 1 for a scalar
    [[nodiscard]] bool contiguous() const;     // row-major without gaps
    // Row-major copies, converted element by element (float64 rounds to the nearest float32).
    [[nodiscard]] std::vector<float> to_floats() const;
    [[nodiscard]] std::vector<double> to_doubles() const;
    [[nodiscard]] std::vector<std::int64_t> to_integers() const;
    // The elements in place where they are contiguous float32 already, else nullptr.
    [[nodiscard]] const float* floats_in_place() const;
};

// "(64, 3, 7, 7)", for messages.
[[nodiscard]] std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace hrn::model
