// cv::GaussianBlur of a black and white drawing, computed only at the pixels that are asked for (front.md 9).
//
// OpenCV blurs 8-bit pictures in whole numbers: weights in 256ths, nothing rounded before the end. So the sum
// may be taken in any order, and of black and white it fits 16 bits. Where neighbouring weights are equal, a
// difference of running sums takes them together. The bytes are OpenCV's own (a test compares them).
//
// Immutable after construction, any thread. The constructor throws std::invalid_argument for an even kernel
// and std::runtime_error for an OpenCV whose blur is not made of such weights.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

namespace hrn::front {

class LineBlur {
public:
    // Side of the kernel in pixels, odd, at least 3; its sigma is OpenCV's automatic one.
    explicit LineBlur(int kernel);

    // `drawing`: 8 bit, one channel, every pixel 0 or 255; wider and higher than half the kernel. Its border
    // is mirrored as OpenCV's default does. Returns columns.size() x rows.size() bytes (TRANSPOSED: row c of
    // the result is column columns[c] of the drawing).
    [[nodiscard]] cv::Mat at(const cv::Mat& drawing, std::span<const int> rows,
                             std::span<const int> columns) const;

private:
    // Where the weight changes along the kernel, and by how much: the sum over the window that begins at
    // pixel p is the sum of `change` times the running sum before pixel p + offset.
    struct Step {
        std::size_t offset = 0;
        std::uint16_t change = 0;  // modulo 65536
    };
    // Rows of `width` numbers, a multiple of what fits a block of vectors.
    struct Rows {
        std::size_t width = 0;
        std::vector<std::uint16_t> numbers;
        [[nodiscard]] const std::uint16_t* row(std::size_t i) const { return numbers.data() + i * width; }
        [[nodiscard]] std::uint16_t* row(std::size_t i) { return numbers.data() + i * width; }
    };
    static Rows make_rows(std::size_t count, std::size_t width);
    [[nodiscard]] Rows window_sums(const Rows& running, std::span<const int> at) const;

    int reach_ = 0;  // half the kernel
    std::vector<Step> steps_;
};

}  // namespace hrn::front
