#include "tests/fuzz/torch_bytes.hpp"

#include <memory>
#include <vector>

#include "worker/model/torch_file.hpp"

namespace hrn::model {
namespace {

// Expanded tensors may claim more elements than anybody could copy: touch first and last, copy small ones.
constexpr std::int64_t kSmall = 10'000;

unsigned touch(const Array& array) {
    if (array.count() == 0) {
        return 0;
    }
    if (array.count() <= kSmall) {
        const auto numbers = array.to_doubles();
        return numbers.back() > 0.5 ? 1 : 0;
    }
    std::int64_t last = array.offset;
    for (std::size_t axis = 0; axis < array.shape.size(); ++axis) {
        last += (array.shape[axis] - 1) * array.strides[axis];
    }
    const auto size = static_cast<std::int64_t>(element_size(array.type));
    return std::to_integer<unsigned>(array.bytes.get()[array.offset * size]) +
           std::to_integer<unsigned>(array.bytes.get()[last * size + size - 1]);
}

}  // namespace

bool read_hostile_torch_bytes(std::span<const std::byte> bytes) {
    // A block of exactly this size, so that a sanitizer sees the first byte read beyond it.
    const auto copy = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    const std::shared_ptr<const std::byte> block(copy, copy->data());
    try {
        const auto file = parse_torch_file(block, bytes.size(), "hostile.pt");
        unsigned sum = 0;
        for (const auto& entry : file.entries()) {
            sum += touch(entry.array);
        }
        // The sum must be used, or the compiler drops the reads.
        volatile unsigned sink = sum;
        static_cast<void>(sink);
        return true;
    } catch (const ModelError&) {
        return false;
    }
}

}  // namespace hrn::model
