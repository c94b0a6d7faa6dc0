// Which source pixels one axis of PIL's bicubic is made of, and with which whole-number weights (front.md 7):
// shared by the CPU's resampling and a GPU's.
//
// Pure function, any thread, standard library only, cannot fail for positive sizes.
#pragma once

#include <cstdint>
#include <vector>

namespace hrn::image {

inline constexpr int pil_precision_bits = 22;  // of the weights

// What the outputs first .. first + count - 1 of one axis are made of.
struct PilTaps {
    int count = 0;
    std::vector<int> source_begin;      // per output
    std::vector<int> source_count;      // per output
    std::vector<std::int32_t> weights;  // fixed point, `stride` per output
    std::size_t stride = 0;
    int lowest = 0;  // source range that any of the outputs needs
    int end = 0;
};
[[nodiscard]] PilTaps pil_taps(int source_size, std::int64_t new_size, std::int64_t first, int count);

// The part of a window that lies inside the resized image: outputs `begin + first` .. of the image are
// `first` .. first + count - 1 of the window.
struct PilOverlap {
    int first = 0;
    int count = 0;
};
[[nodiscard]] PilOverlap pil_overlap(std::int64_t begin, int size, std::int64_t new_size);

}  // namespace hrn::image
