// cv::resize of 8-bit pictures in numbers, so that a GPU gives OpenCV's bytes: which source pixels an output
// pixel is made of, with which weights, and how the products are rounded (front.md 1, 3, 4, 6, 9). OpenCV's
// own arithmetic is fixed point, but for the last step of its cubic, which is float32.
//
// Pure functions for the host and, compiled by nvcc without fused multiply-adds, for the device; cannot fail.
// `scale` is source pixels per output pixel. The tests compare all of it with cv::resize. Not here: OpenCV's
// way of halving both sides (halves_both), which is a plain mean, and how cubic rounds the last few bytes of
// a row whose length is not a multiple of 32.
#pragma once

#include <cmath>
#include <cstdint>

#ifdef __CUDACC__
#define HRN_HOST_DEVICE __host__ __device__
#else
#define HRN_HOST_DEVICE
#endif

namespace hrn::image::opencv {

// As cv::resize computes it from the two sizes.
inline double resize_scale(int from, int to) {
    return 1.0 / (static_cast<double>(to) / from);
}

// INTER_LINEAR takes means of 2 x 2 pixels then.
HRN_HOST_DEVICE inline bool halves_both(double across, double down) {
    return across == 2.0 && down == 2.0;
}

HRN_HOST_DEVICE inline int clamped(int i, int size) {
    return i < 0 ? 0 : (i < size ? i : size - 1);
}

// Where an output pixel lies in the source: the pixel before it and the way from there.
struct Position {
    int low;
    float fraction;
};
HRN_HOST_DEVICE inline Position position_of(int i, double scale) {
    const float at = static_cast<float>((i + 0.5) * scale - 0.5);
    const float below = floorf(at);
    return {static_cast<int>(below), at - below};
}

// Nearest whole number, halves to even.
HRN_HOST_DEVICE inline int rounded(float value) {
#ifdef __CUDA_ARCH__
    return __float2int_rn(value);
#else
    return static_cast<int>(std::nearbyint(value));
#endif
}

HRN_HOST_DEVICE inline std::uint8_t to_byte(int value) {
    return static_cast<std::uint8_t>(value < 0 ? 0 : (value > 255 ? 255 : value));
}

// Weights are in 2048ths.
constexpr float weight_one = 2048.0F;

struct LinearTaps {
    int first, second;  // source pixels
    int weights[2];
};
// At a row's ends the pixel itself counts; beyond the first and last row the row is taken twice, with the
// weights as they are.
HRN_HOST_DEVICE inline LinearTaps linear_across(int i, double scale, int size) {
    Position at = position_of(i, scale);
    if (at.low < 0) {
        at = {0, 0.0F};
    } else if (at.low >= size - 1) {
        at = {size - 1, 0.0F};
    }
    return {at.low,
            clamped(at.low + 1, size),
            {rounded((1.0F - at.fraction) * weight_one), rounded(at.fraction * weight_one)}};
}
HRN_HOST_DEVICE inline LinearTaps linear_down(int i, double scale, int size) {
    const Position at = position_of(i, scale);
    return {clamped(at.low, size),
            clamped(at.low + 1, size),
            {rounded((1.0F - at.fraction) * weight_one), rounded(at.fraction * weight_one)}};
}
// a, b: of the upper row; c, d: of the lower one.
HRN_HOST_DEVICE inline std::uint8_t linear_byte(const LinearTaps& across, const LinearTaps& down, int a,
                                                int b, int c, int d) {
    const int upper = a * across.weights[0] + b * across.weights[1];
    const int lower = c * across.weights[0] + d * across.weights[1];
    return to_byte(
        (((down.weights[0] * (upper >> 4)) >> 16) + ((down.weights[1] * (lower >> 4)) >> 16) + 2) >> 2);
}

struct CubicTaps {
    int first;  // the first of four source pixels, not clamped
    int weights[4];
};
HRN_HOST_DEVICE inline CubicTaps cubic_taps(int i, double scale) {
    constexpr float a = -0.75F;
    const Position at = position_of(i, scale);
    const float x = at.fraction;
    const float before = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
    const float here = ((a + 2) * x - (a + 3)) * x * x + 1;
    const float next = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
    const float after = 1.0F - before - here - next;
    return {at.low - 1,
            {rounded(before * weight_one), rounded(here * weight_one), rounded(next * weight_one),
             rounded(after * weight_one)}};
}
// rows: the four rows' sums of pixels and weights.
HRN_HOST_DEVICE inline std::uint8_t cubic_byte(const CubicTaps& down, const int (&rows)[4]) {
    constexpr float unit = 1.0F / (weight_one * weight_one);
    float sum = static_cast<float>(rows[3]) * (static_cast<float>(down.weights[3]) * unit);
    for (int k = 2; k >= 0; --k) {
        sum = static_cast<float>(rows[k]) * (static_cast<float>(down.weights[k]) * unit) + sum;
    }
    return to_byte(rounded(sum));
}

}  // namespace hrn::image::opencv
