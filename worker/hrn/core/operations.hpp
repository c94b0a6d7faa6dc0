// The core's operations, each on one face and with values of the host: the seam behind which a golden checker
// or a test runs the CPU's functions or the device's kernels. The Core itself does not come this way: it
// keeps its data where it is computed.
//
// Owned and called by one thread. Misshapen maps throw std::invalid_argument; a device that fails throws
// DeviceError (device/device_array.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "worker/hrn/core/coefficients.hpp"
#include "worker/hrn/core/face_model.hpp"
#include "worker/hrn/core/stages.hpp"
#include "worker/hrn/core/team.hpp"
#include "worker/hrn/core/texture_fit.hpp"
#include "worker/hrn/core/vec3.hpp"

namespace hrn::core {

using Points = std::vector<Vec3>;

// Pixels of 8 bits with interleaved channels, row 0 at the top.
struct ByteImage {
    int side = 0;
    int channels = 0;
    std::vector<std::uint8_t> bytes;  // side * side * channels
};

// What a texture fit went through.
struct FitTrace {
    std::array<double, fit_steps> loss{};  // before each step (TextureFit::photo_loss)
    Map after_1, after_10, after_100;      // the offset
    Map texture;                           // C0 + offset after step 100
};

class Operations {
public:
    virtual ~Operations() = default;

    [[nodiscard]] virtual Pose pose(const Coefficients& coefficients) = 0;
    [[nodiscard]] virtual Points shape(const Coefficients& coefficients) = 0;
    [[nodiscard]] virtual PosedShape posed(const Points& shape, const Pose& pose) = 0;
    [[nodiscard]] virtual Points flipped(const Points& points) = 0;  // (x, y, 10 - z)
    // base plus what the deformation map says at each vertex.
    [[nodiscard]] virtual Points deformed(const Points& base, const Map& deformation) = 0;
    [[nodiscard]] virtual std::vector<float> landmarks(const Points& camera) = 0;  // 68 x (x, y)
    // norm(shape), rotated unless pose is null.
    [[nodiscard]] virtual Points shape_normals(const Points& shape, const Pose* pose) = 0;
    [[nodiscard]] virtual Points mesh_normals(const Points& vertices) = 0;

    [[nodiscard]] virtual Map to_uv(const Points& attribute) = 0;
    [[nodiscard]] virtual Map sample(const Points& camera, const ByteImage& image) = 0;
    [[nodiscard]] virtual Map smoothed_mask(const Map& mask) = 0;
    [[nodiscard]] virtual Map albedo(const Coefficients& coefficients) = 0;

    [[nodiscard]] virtual Map unet_input(const Map& texture) = 0;
    [[nodiscard]] virtual Map mid_input(const Map& positions, const Map& texture) = 0;
    [[nodiscard]] virtual Map high_input(const Map& positions, const Map& texture,
                                         const Map& deformation) = 0;
    // blend: 512 x 512 x 3, as the UNet gives it.
    [[nodiscard]] virtual Map de_retouched(const Map& texture, const Map& blend, const Map& albedo) = 0;
    // output: 64 x 64 x 3, mask: 256 x 256.
    [[nodiscard]] virtual Map deformation(const Map& output, float alpha, const Map& mask) = 0;
    [[nodiscard]] virtual Map displacement(const Map& output, float beta, const Map& mask) = 0;

    [[nodiscard]] virtual Map displaced(const Map& positions, const Map& normals,
                                        const Map& displacement) = 0;
    [[nodiscard]] virtual Map detail_normals(const Map& positions, const Map& normals,
                                             const Map& displacement) = 0;
    [[nodiscard]] virtual Map lit(const Map& albedo, const Map& normals,
                                  const Coefficients& coefficients) = 0;

    [[nodiscard]] virtual View view(const Points& camera) = 0;
    [[nodiscard]] virtual Map render(const View& view, const Map& texture) = 0;
    // target: 224 x 224 x 3.
    [[nodiscard]] virtual FitTrace fit(const View& view, const Map& start, const ByteImage& target) = 0;
};

// The reference. model and team must outlive it.
[[nodiscard]] std::unique_ptr<Operations> make_cpu_operations(const FaceModel& model, Team& team);

}  // namespace hrn::core
