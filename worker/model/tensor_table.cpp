#include "worker/model/tensor_table.hpp"

#include <memory>

#include "worker/model/synthetic_numbers.hpp"

namespace hrn::model {
namespace {

std::int64_t product(const std::vector<std::int64_t>& shape) {
    std::int64_t count = 1;
    for (const auto length : shape) {
        count *= length;
    }
    return count;
}

std::vector<std::int64_t> row_major(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size());
    std::int64_t step = 1;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        strides[axis] = step;
        step *= shape[axis];
    }
    return strides;
}

template <class T>
Array around(ElementType type, std::vector<T> numbers, std::vector<std::int64_t> shape) {
    Array array;
    array.type = type;
    array.strides = row_major(shape);
    array.shape = std::move(shape);
    array.byte_count = numbers.size() * sizeof(T);
    const auto owner = std::make_shared<const std::vector<T>>(std::move(numbers));
    array.bytes = std::shared_ptr<const std::byte>(owner, reinterpret_cast<const std::byte*>(owner->data()));
    return array;
}

}  // namespace

std::int64_t number_count(const TensorTable& table) {
    std::int64_t count = 0;
    for (const auto& row : table) {
        count += row.fill == Fill::counter ? 0 : product(row.shape);
    }
    return count;
}

Array fill_tensor(const TensorRow& row, std::string_view file, std::string_view hash_name,
                  std::uint64_t seed) {
    switch (row.fill) {
        case Fill::uniform:
            return array_of(synthetic_tensor(file, hash_name, product(row.shape), row.lo, row.hi, seed),
                            row.shape);
        case Fill::fixed:
            return array_of(std::vector<float>(row.values.begin(), row.values.end()), row.shape);
        case Fill::counter:
            return array_of(ElementType::i64, bytes_of(std::vector<std::int64_t>{row.counter}), row.shape);
    }
    throw std::invalid_argument("fill_tensor: no such fill");
}

Array array_of(std::vector<float> numbers, std::vector<std::int64_t> shape) {
    return around(ElementType::f32, std::move(numbers), std::move(shape));
}

Array array_of(ElementType type, std::vector<std::byte> bytes, std::vector<std::int64_t> shape) {
    return around(type, std::move(bytes), std::move(shape));
}

}  // namespace hrn::model
