#include "worker/hrn/front/cuda/pictures.hpp"
#include "worker/hrn/image/opencv_resize.hpp"
#include "worker/hrn/networks/cuda/element.hpp"

namespace hrn::front::cuda {
namespace {

namespace cv = hrn::image::opencv;

constexpr int rows_looked_at = 2 * crop;

// OpenCV's default border: mirrored without repeating the edge.
__device__ int mirrored(int i) {
    const int inside = i < 0 ? -i : i;
    return inside < enlarged ? inside : 2 * enlarged - 2 - inside;
}

__device__ bool in_square(const WarpJob& job, int x, int y) {
    return x >= job.left && y >= job.top && x < job.left + job.side && y < job.top + job.side;
}

// For each row that is looked at, every second drawing's weighted sums down its columns: 0..256.
__global__ void blur_down(const WarpJob* jobs, const WarpAxis* axis) {
    const WarpJob& job = jobs[blockIdx.z / 2];
    const bool of_features = blockIdx.z % 2 == 1;
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int row = static_cast<int>(blockIdx.y);
    const int y = axis->low[row / 2] + row % 2;
    if (x >= enlarged || y < job.top || y >= job.top + job.side) {
        return;
    }
    const std::uint8_t* drawing = of_features ? job.features : job.outline;
    const int first = y - job.kernel / 2;
    int sum = 0;
    for (int k = 0; k < job.kernel; ++k) {
        const std::uint8_t pixel = drawing[static_cast<std::size_t>(mirrored(first + k)) * enlarged + x];
        sum += pixel != 0 ? job.weights[k] : 0;
    }
    job.between[(static_cast<std::size_t>(of_features ? rows_looked_at : 0) + row) * enlarged + x] =
        static_cast<std::uint16_t>(sum);
}

__device__ int blurred(const WarpJob& job, bool of_features, int row, int x) {
    const std::uint16_t* sums =
        job.between + (static_cast<std::size_t>(of_features ? rows_looked_at : 0) + row) * enlarged;
    const int first = x - job.kernel / 2;
    int sum = 0;
    for (int k = 0; k < job.kernel; ++k) {
        sum += job.weights[k] * sums[mirrored(first + k)];
    }
    return (255 * sum + 32768) >> 16;
}

// The flow's square at a pixel of it: cv::resize of the pattern.
__device__ float2 flow_at(const WarpJob& job, int x, int y) {
    cv::Position across = cv::position_of(x, job.scale);
    if (across.low < 0) {
        across = {0, 0.0F};
    } else if (across.low >= flow_pattern - 1) {
        across = {flow_pattern - 1, 0.0F};
    }
    const cv::Position down = cv::position_of(y, job.scale);
    const int right = cv::clamped(across.low + 1, flow_pattern);
    const auto line = [&](int row) {
        const float* from =
            job.flow + 2 * static_cast<std::size_t>(cv::clamped(row, flow_pattern)) * flow_pattern;
        const float rest = 1.0F - across.fraction;
        return make_float2(from[2 * across.low] * rest + from[2 * right] * across.fraction,
                           from[2 * across.low + 1] * rest + from[2 * right + 1] * across.fraction);
    };
    const float2 upper = line(down.low);
    const float2 lower = line(down.low + 1);
    const float rest = 1.0F - down.fraction;
    return make_float2(upper.x * rest + lower.x * down.fraction, upper.y * rest + lower.y * down.fraction);
}

struct Flow {
    double x, y;
};

// The flow at a pixel of the enlargement, where `row` of the rows that are looked at lies.
__device__ Flow masked_flow(const WarpJob& job, int x, int y, int row) {
    if (!in_square(job, x, y)) {
        return {0, 0};
    }
    const float moved = static_cast<float>(blurred(job, false, row, x)) / 255.0F;
    const double kept = 1.0 - static_cast<double>(blurred(job, true, row, x)) / 255.0;
    const float2 flow = flow_at(job, x - job.left, y - job.top);
    return {static_cast<double>(flow.x * moved) * kept, static_cast<double>(flow.y * moved) * kept};
}

__device__ Flow mixed(const Flow& low, const Flow& high, float fraction) {
    const float rest = 1.0F - fraction;
    return {low.x * rest + high.x * fraction, low.y * rest + high.y * fraction};
}

// A source position of the warp (front::warp).
struct Tap {
    int low, high;
    double fraction;
};
__device__ Tap tap_at(double position) {
    constexpr int last = crop - 1;
    if (position >= crop) {
        position = last;
    }
    if (position < 0) {
        position = 0;
    }
    const int low = min(static_cast<int>(floor(position)), last);
    const int high = min(static_cast<int>(ceil(position)), last);
    return {low, high, position - low};
}
__device__ bool near_a_pixel(double fraction) {
    return fraction < 0.2 || fraction > 0.8;
}

__global__ void warp_crop(const WarpJob* jobs, const WarpAxis* axis, double shrink, std::uint8_t* out) {
    const WarpJob& job = jobs[blockIdx.z];
    const int column = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int row = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (column >= crop || row >= crop) {
        return;
    }
    const auto line = [&](int below) {
        const int y = axis->low[row] + below;
        const int x = axis->low[column];
        return mixed(masked_flow(job, x, y, 2 * row + below), masked_flow(job, x + 1, y, 2 * row + below),
                     axis->fraction[column]);
    };
    const Flow flow = mixed(line(0), line(1), axis->fraction[row]);
    const double dx = flow.x * shrink;
    const double dy = flow.y * shrink;
    const auto pixel = [&](int y, int x) { return job.crop + 3 * (y * crop + x); };
    std::uint8_t* to = out + 3 * ((static_cast<std::size_t>(blockIdx.z) * crop + row) * crop + column);
    const std::uint8_t* source = pixel(row, column);
    if (!(fabs(dx) < 0.2 && fabs(dy) < 0.2)) {
        const Tap x = tap_at(column + dx);
        const Tap y = tap_at(row + dy);
        if (!(near_a_pixel(x.fraction) && near_a_pixel(y.fraction))) {
            for (int channel = 0; channel < 3; ++channel) {
                const double upper = pixel(y.low, x.low)[channel] * (1 - x.fraction) +
                                     pixel(y.low, x.high)[channel] * x.fraction;
                const double lower = pixel(y.high, x.low)[channel] * (1 - x.fraction) +
                                     pixel(y.high, x.high)[channel] * x.fraction;
                const double value = upper * (1 - y.fraction) + lower * y.fraction;
                to[channel] = static_cast<std::uint8_t>(fmin(fmax(value, 0.0), 255.0));
            }
            return;
        }
        source = pixel(y.fraction < 0.2 ? y.low : y.high, x.fraction < 0.2 ? x.low : x.high);
    }
    for (int channel = 0; channel < 3; ++channel) {
        to[channel] = source[channel];
    }
}

}  // namespace

void warp_crops(const WarpJob* jobs, int count, const WarpAxis* axis, double shrink, std::uint8_t* out,
                cudaStream_t stream) {
    const dim3 lines((enlarged + 255) / 256, rows_looked_at, static_cast<unsigned>(2 * count));
    blur_down<<<lines, 256, 0, stream>>>(jobs, axis);
    networks::cuda::check_launch("blur_down");
    const dim3 block(32, 4);
    const dim3 grid(crop / block.x, crop / block.y, static_cast<unsigned>(count));
    warp_crop<<<grid, block, 0, stream>>>(jobs, axis, shrink, out);
    networks::cuda::check_launch("warp_crop");
}

}  // namespace hrn::front::cuda
