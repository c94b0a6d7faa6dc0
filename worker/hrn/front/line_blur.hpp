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
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

namespace hrn::front {

// The kernel in 256ths, as OpenCV has it; they sum up to 256. std::runtime_error as for LineBlur.
[[nodiscard]] std::vector<int> blur_weights(int kernel);

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
    // As much as a cache line holds, and where one begins: vectors across two lines take twice the time.
    struct alignas(64) Line {
        static constexpr std::size_t numbers_of = 32;
        std::uint16_t numbers[numbers_of];
    };
    // Rows of `width` numbers, a multiple of what fits a block of vectors. Not cleared, but for what lies
    // beyond the numbers that were asked for.
    struct Rows {
        std::size_t width = 0;
        std::unique_ptr<Line[]> lines;
        [[nodiscard]] const std::uint16_t* row(std::size_t i) const {
            return lines[i * (width / Line::numbers_of)].numbers;
        }
        [[nodiscard]] std::uint16_t* row(std::size_t i) {
            return lines[i * (width / Line::numbers_of)].numbers;
        }
    };
    static Rows make_rows(std::size_t count, std::size_t width);
    static void add_windows(const Rows& running, std::span<const int> at, std::span<const std::size_t> more,
                            std::span<const std::size_t> less, Rows& sums);
    [[nodiscard]] Rows window_sums(const Rows& running, std::span<const int> at) const;

    int reach_ = 0;  // half the kernel
    // Where the weight changes along the kernel, once for each 256th: the sum over the window that begins at
    // pixel p is the sum of the running sums before pixel p + offset, for `more_` less those for `less_`.
    std::vector<std::size_t> more_, less_;
};

}  // namespace hrn::front
