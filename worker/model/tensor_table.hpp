// The tensors of a network as its file holds them, in order: name, shape and how the synthetic model fills
// them. One table per network serves the writer of synthetic models and the check that a model directory
// fits (hrn-model verify).
//
// Pure values and functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "worker/model/array.hpp"

namespace hrn::model {

enum class Fill : std::uint8_t {
    uniform,  // float32 from synthetic_tensor() between lo and hi
    fixed,    // the given float32 numbers
    counter,  // a scalar int64: batch normalisation's num_batches_tracked
};

struct TensorRow {
    std::string name;  // as in the network's state dict
    std::vector<std::int64_t> shape;
    Fill fill = Fill::uniform;
    double lo = 0, hi = 0;
    std::vector<double> values;  // of Fill::fixed
    std::int64_t counter = 0;    // of Fill::counter
};
using TensorTable = std::vector<TensorRow>;

// Elements of all float tensors: weights, biases and normalisation buffers.
[[nodiscard]] std::int64_t number_count(const TensorTable& table);

// The row's numbers; `hash_name` is the tensor's name in the synthetic model's definition, which counts
// the network's name for pytorch_model.pt and de_retouching_model.pth ("net_recon.backbone.conv1.weight").
[[nodiscard]] Array fill_tensor(const TensorRow& row, std::string_view file, std::string_view hash_name,
                                std::uint64_t seed);

// A contiguous float32 array around the numbers, which it takes.
[[nodiscard]] Array array_of(std::vector<float> numbers, std::vector<std::int64_t> shape);
// The same of any element type, from raw bytes.
[[nodiscard]] Array array_of(ElementType type, std::vector<std::byte> bytes, std::vector<std::int64_t> shape);
template <class T>
[[nodiscard]] std::vector<std::byte> bytes_of(const std::vector<T>& numbers) {
    const auto* first = reinterpret_cast<const std::byte*>(numbers.data());
    return {first, first + numbers.size() * sizeof(T)};
}

}  // namespace hrn::model
