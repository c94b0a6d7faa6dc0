// The front end's work on pixels, on a GPU: cutting and resizing as OpenCV does, PIL's bicubic, and the warp
// of the texture target (front.md 3, 4, 6, 7, 9).
//
// The functions only queue work on the stream; they own no memory and wait for nothing; jobs lie in device
// memory. A launch that CUDA refuses is networks::cuda::LaunchError. Pictures are 8 bit, three channels side
// by side, row after row. Each function names its CPU twin, whose bytes it gives: the arithmetic is the same,
// in the same order, without fused multiply-adds.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace hrn::front::cuda {

// A rectangle to be cut out and resized, and the pixels of which it is made: memory of width x height pixels,
// whose first pixel lies at (left, top) of the rectangle. What the memory does not cover has the border's
// colour.
struct CutJob {
    const std::uint8_t* pixels = nullptr;
    int width = 0;
    int height = 0;
    int left = 0;
    int top = 0;
    double scale_across = 1;  // pixels of the rectangle per output pixel: image::opencv::resize_scale()
    double scale_down = 1;
    int cut_width = 0;  // of the rectangle
    int cut_height = 0;
};

struct CutStyle {
    int side = 224;        // of the square result; cubic: a multiple of 32
    bool cubic = false;    // else linear
    bool swapped = false;  // red and blue change places
    std::uint8_t border[3] = {0, 0, 0};
};

// out: count x side x side x 3. Twins: cv::copyMakeBorder and cv::resize.
void cut_pictures(const CutJob* jobs, int count, const CutStyle& style, std::uint8_t* out,
                  cudaStream_t stream);

// One axis of image::PilTaps in device memory.
struct PilAxis {
    const int* begin = nullptr;             // per output, from the first pixel of the memory
    const int* taps = nullptr;              // per output
    const std::int32_t* weights = nullptr;  // `stride` per output
    int stride = 0;
    int first = 0;  // of the window's places that lie inside the resized image
    int count = 0;
};

// A window of a photo resized by PIL's bicubic.
struct PilJob {
    const std::uint8_t* pixels = nullptr;  // the source pixels that the window needs
    int width = 0;
    int height = 0;
    std::uint8_t* between = nullptr;  // height x across.count x 3: after the first pass
    PilAxis across, down;
};

// out: count x side x side x 3, black outside the resized image. most_rows: the largest job's height.
// Twin: image::pil_bicubic().
void resample_windows(const PilJob* jobs, int count, int most_rows, int side, std::uint8_t* out,
                      cudaStream_t stream);

inline constexpr int enlarged = 800;      // side of the enlargement in which the contours are drawn
inline constexpr int crop = 224;          // side of what is warped
inline constexpr int flow_pattern = 100;  // side of the flow before it is resized
inline constexpr int most_weights = 168;  // of a contour's blur

// One crop and how it is warped.
struct WarpJob {
    const std::uint8_t* crop = nullptr;      // 224 x 224 x 3
    const std::uint8_t* outline = nullptr;   // 800 x 800, each pixel 0 or 255
    const std::uint8_t* features = nullptr;  // the same
    const float* flow = nullptr;             // 100 x 100 x 2
    std::uint16_t* between = nullptr;        // 2 x 448 x 800: the drawings blurred down their columns
    int side = 0;                            // of the flow's square in the enlargement
    int left = 0;
    int top = 0;
    double scale = 1;  // image::opencv::resize_scale(100, side); side is not 50, where OpenCV takes means
    int kernel = 3;    // of the blur
    int weights[most_weights] = {};  // in 256ths
};

// Where a reduction from 800 to 224 looks along one axis: positions low and low + 1, and the second's weight.
struct WarpAxis {
    int low[crop];
    float fraction[crop];
};

// out: count x 224 x 224 x 3. shrink: crop pixels per enlarged pixel. Twins: front::sampled_flow() and
// front::warp().
void warp_crops(const WarpJob* jobs, int count, const WarpAxis* axis, double shrink, std::uint8_t* out,
                cudaStream_t stream);

}  // namespace hrn::front::cuda
