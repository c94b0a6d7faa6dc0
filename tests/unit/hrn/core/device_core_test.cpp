// The device's kernels against their CPU twins: the same bits on random input, again when run again, and
// wherever in a batch the face lies. Skipped where there is no CUDA device.
//
// To add an operation: add it to core/operations.hpp with both implementations, and a test here.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/hrn/core/small_face.hpp"
#include "worker/hrn/core/device/device_array.hpp"
#include "worker/hrn/core/device/device_operations.hpp"
#include "worker/hrn/core/operations.hpp"

namespace hrn::core {
namespace {

using Numbers = std::vector<float>;

void add(Numbers& numbers, const Numbers& more) {
    numbers.insert(numbers.end(), more.begin(), more.end());
}
Numbers numbers_of(const Numbers& numbers) {
    return numbers;
}
Numbers numbers_of(const Map& map) {
    return map.values;
}
Numbers numbers_of(const Points& points) {
    Numbers out;
    for (const Vec3& p : points) {
        add(out, {p.x, p.y, p.z});
    }
    return out;
}
Numbers numbers_of(const PosedShape& shape) {
    Numbers out = numbers_of(shape.world);
    add(out, numbers_of(shape.camera));
    return out;
}
Numbers numbers_of(const Pose& pose) {
    Numbers out(pose.rotation.m.begin(), pose.rotation.m.end());
    add(out, {pose.translation.x, pose.translation.y, pose.translation.z});
    return out;
}
Numbers numbers_of(const View& view) {
    Numbers out(view.raster.face.begin(), view.raster.face.end());
    for (const TexturePixel& p : view.pixels) {
        out.push_back(static_cast<float>(p.pixel));
        out.insert(out.end(), p.texel.begin(), p.texel.end());
        out.insert(out.end(), p.weight.begin(), p.weight.end());
    }
    return out;
}
Numbers numbers_of(const FitTrace& trace) {
    Numbers out(trace.loss.begin(), trace.loss.end());
    for (const Map* map : {&trace.after_1, &trace.after_10, &trace.after_100, &trace.texture}) {
        add(out, map->values);
    }
    return out;
}

// Any NaN equals any other; zeros of both signs are equal.
bool alike(float a, float b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

void expect_alike(const Numbers& got, const Numbers& want, const std::string& what) {
    ASSERT_EQ(got.size(), want.size()) << what;
    std::size_t different = 0;
    std::size_t first = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (!alike(got[i], want[i])) {
            first = different == 0 ? i : first;
            ++different;
        }
    }
    EXPECT_EQ(different, 0U) << what << ": of " << got.size() << " numbers, the first is number " << first
                             << ", " << got[first] << " instead of " << want[first];
}

bool has_device() {
    int count = 0;
    const bool found = cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
    static_cast<void>(cudaGetLastError());
    return found;
}

class DeviceKernels : public testing::Test {
protected:
    struct Everything {
        FaceModel model = small_face_with_albedo();
        Team team{2};
        std::unique_ptr<Operations> cpu = make_cpu_operations(model, team);
        std::unique_ptr<Operations> device = make_device_operations(model);
        std::unique_ptr<Operations> batched = make_device_operations(model, {11, 9});
    };

    static void SetUpTestSuite() {
        if (has_device()) {
            all_ = std::make_unique<Everything>();
        }
    }
    static void TearDownTestSuite() { all_.reset(); }
    void SetUp() override {
        if (!all_) {
            GTEST_SKIP() << "no CUDA device";
        }
    }

    // The albedo's numbers are random: what they mean does not matter here.
    static FaceModel small_face_with_albedo() {
        FaceModel model = small_face();
        std::mt19937 random(7);
        std::uniform_real_distribution<float> skin(50, 220);
        std::normal_distribution<float> mode(0, 3);
        const std::size_t rows = 3UL * uv_size * uv_size;
        model.albedo.mean.resize(rows);
        std::generate(model.albedo.mean.begin(), model.albedo.mean.end(), [&] { return skin(random); });
        model.albedo.basis.rows = rows;
        model.albedo.basis.columns = 80;
        model.albedo.basis.values.resize(80 * rows);
        std::generate(model.albedo.basis.values.begin(), model.albedo.basis.values.end(),
                      [&] { return mode(random); });
        return model;
    }

    static Operations& cpu() { return *all_->cpu; }
    static Operations& device() { return *all_->device; }

    // `call` gives the same on the CPU, on the device, again there, and amid a batch.
    template <typename Call>
    static void expect_same(const Call& call) {
        const Numbers want = numbers_of(call(cpu()));
        const Numbers got = numbers_of(call(device()));
        expect_alike(got, want, "device against CPU");
        expect_alike(numbers_of(call(device())), got, "device again");
        expect_alike(numbers_of(call(*all_->batched)), got, "amid a batch");
    }

    Numbers uniform(std::size_t count, float lo, float hi) {
        std::uniform_real_distribution<float> distribution(lo, hi);
        Numbers out(count);
        std::generate(out.begin(), out.end(), [&] { return distribution(random_); });
        return out;
    }
    Map map(int side, int channels, float lo, float hi) {
        Map out(side, side, channels);
        out.values = uniform(out.values.size(), lo, hi);
        return out;
    }
    ByteImage image(int side, int channels) {
        ByteImage out{side, channels, {}};
        out.bytes.resize(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) *
                         static_cast<std::size_t>(channels));
        std::generate(out.bytes.begin(), out.bytes.end(),
                      [&] { return static_cast<std::uint8_t>(random_() & 0xFFU); });
        return out;
    }
    Coefficients coefficients() {
        Coefficients out{};
        const Numbers numbers = uniform(out.size(), -0.5F, 0.5F);
        std::copy(numbers.begin(), numbers.end(), out.begin());
        return out;
    }
    // A face at its place, seen by the camera.
    PosedShape face() {
        const Coefficients c = coefficients();
        return cpu().posed(cpu().shape(c), cpu().pose(c));
    }

    static std::unique_ptr<Everything> all_;
    std::mt19937 random_{42};
};
std::unique_ptr<DeviceKernels::Everything> DeviceKernels::all_;

TEST_F(DeviceKernels, TurnAnglesIntoTheSameRotationUpToTheLastBitOfSineAndCosine) {
    const Coefficients c = coefficients();
    const Numbers want = numbers_of(cpu().pose(c));
    const Numbers got = numbers_of(device().pose(c));
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
        EXPECT_NEAR(got[i], want[i], 6e-8);
    }
    expect_alike(numbers_of(device().pose(c)), got, "device again");
    expect_alike(numbers_of(all_->batched->pose(c)), got, "amid a batch");
}

TEST_F(DeviceKernels, EvaluateTheShape) {
    const Coefficients c = coefficients();
    expect_same([&](Operations& on) { return on.shape(c); });
}

TEST_F(DeviceKernels, PlaceAShape) {
    const Coefficients c = coefficients();
    const Pose pose = cpu().pose(c);
    const Points shape = cpu().shape(c);
    expect_same([&](Operations& on) { return on.posed(shape, pose); });
    expect_same([&](Operations& on) { return on.flipped(shape); });
}

TEST_F(DeviceKernels, DeformAShape) {
    const Points shape = cpu().shape(coefficients());
    const Map deformation = map(deformation_size, 3, -0.1F, 0.1F);
    expect_same([&](Operations& on) { return on.deformed(shape, deformation); });
}

TEST_F(DeviceKernels, ProjectTheLandmarks) {
    const Points camera = face().camera;
    expect_same([&](Operations& on) { return on.landmarks(camera); });
}

TEST_F(DeviceKernels, FindTheNormalsOfTheShape) {
    const Coefficients c = coefficients();
    const Pose pose = cpu().pose(c);
    const Points shape = cpu().shape(c);
    expect_same([&](Operations& on) { return on.shape_normals(shape, nullptr); });
    expect_same([&](Operations& on) { return on.shape_normals(shape, &pose); });
}

TEST_F(DeviceKernels, FindTheNormalsOfTheMeshAlsoWhereItIsFlat) {
    Points vertices = face().world;
    expect_same([&](Operations& on) { return on.mesh_normals(vertices); });
    std::fill_n(vertices.begin(), vertices.size() / 2, Vec3{1, 2, 3});
    expect_same([&](Operations& on) { return on.mesh_normals(vertices); });
}

TEST_F(DeviceKernels, SpreadVerticesOverTheUvMap) {
    const Points world = face().world;
    expect_same([&](Operations& on) { return on.to_uv(world); });
}

TEST_F(DeviceKernels, SampleBothCropsAlsoOutsideOfThem) {
    Points camera = face().camera;
    const ByteImage photo = image(512, 3);
    const ByteImage mask = image(224, 1);
    expect_same([&](Operations& on) { return on.sample(camera, photo); });
    expect_same([&](Operations& on) { return on.sample(camera, mask); });
    for (Vec3& p : camera) {
        p.x += 1.0F;  // half of the face is now outside of the image
    }
    expect_same([&](Operations& on) { return on.sample(camera, photo); });
}

TEST_F(DeviceKernels, SampleAtPointsThatAreNotNumbers) {
    Points camera = face().camera;
    const ByteImage photo = image(512, 3);
    for (std::size_t i = 0; i < camera.size(); i += 3) {
        camera[i].y =
            i % 2 == 0 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
    }
    expect_same([&](Operations& on) { return on.sample(camera, photo); });
}

TEST_F(DeviceKernels, SmoothTheMaskUpToItsBorders) {
    const Map mask = map(uv_size, 1, 0, 1);
    expect_same([&](Operations& on) { return on.smoothed_mask(mask); });
}

TEST_F(DeviceKernels, EvaluateTheAlbedo) {
    const Coefficients c = coefficients();
    expect_same([&](Operations& on) { return on.albedo(c); });
}

TEST_F(DeviceKernels, AssembleTheInputsOfTheNetworks) {
    const Map positions = map(uv_size, 3, -1, 1);
    const Map texture = map(uv_size, 3, 0, 1);
    const Map deformation = map(deformation_size, 3, -0.1F, 0.1F);
    expect_same([&](Operations& on) { return on.unet_input(texture); });
    expect_same([&](Operations& on) { return on.mid_input(positions, texture); });
    expect_same([&](Operations& on) { return on.high_input(positions, texture, deformation); });
}

TEST_F(DeviceKernels, ApplyTheOutputsOfTheNetworks) {
    const Map texture = map(uv_size, 3, 0, 1);
    const Map albedo = map(uv_size, 3, 0, 1);
    const Map mask = map(uv_size, 1, 0, 1);
    const Map blend = map(2 * uv_size, 3, 0, 1);
    const Map mid = map(deformation_size, 3, -1, 1);
    const Map high = map(uv_size, 1, -1, 1);
    expect_same([&](Operations& on) { return on.de_retouched(texture, blend, albedo); });
    expect_same([&](Operations& on) { return on.deformation(mid, 0.7F, mask); });
    expect_same([&](Operations& on) { return on.displacement(high, 1.3F, mask); });
}

TEST_F(DeviceKernels, FindAndLightTheDetail) {
    const PosedShape shape = face();
    const Coefficients c = coefficients();
    const Map positions = cpu().to_uv(shape.world);
    const Map normals = cpu().to_uv(cpu().shape_normals(shape.shape, nullptr));
    const Map displacement = map(uv_size, 1, -0.02F, 0.02F);
    const Map albedo = map(uv_size, 3, 0, 1);
    expect_same([&](Operations& on) { return on.displaced(positions, normals, displacement); });
    expect_same([&](Operations& on) { return on.detail_normals(positions, normals, displacement); });
    const Map detailed = cpu().detail_normals(positions, normals, displacement);
    expect_same([&](Operations& on) { return on.lit(albedo, detailed, c); });
}

TEST_F(DeviceKernels, SeeTheSameFaceInEveryPixel) {
    const Points camera = face().camera;
    expect_same([&](Operations& on) { return on.view(camera); });
}

TEST_F(DeviceKernels, SeeTheSameFaceWhereTheFrustumCutsIt) {
    Points camera = face().camera;
    for (Vec3& p : camera) {
        p = {p.x + 0.9F, p.y - 0.7F, p.z};
    }
    expect_same([&](Operations& on) { return on.view(camera); });
    for (Vec3& p : camera) {
        p.z -= 5.0F;  // the near plane goes through the face
    }
    expect_same([&](Operations& on) { return on.view(camera); });
}

TEST_F(DeviceKernels, SeeACrumpledFaceAsTheCpuDoes) {
    Points camera = face().camera;
    std::normal_distribution<float> noise(0, 0.1F);
    for (Vec3& p : camera) {
        p = {p.x + noise(random_), p.y + noise(random_), p.z + noise(random_)};
    }
    camera[5].x = std::numeric_limits<float>::quiet_NaN();
    expect_same([&](Operations& on) { return on.view(camera); });
}

TEST_F(DeviceKernels, RenderATexture) {
    const View view = cpu().view(face().camera);
    const Map texture = map(uv_size, 3, 0, 1);
    expect_same([&](Operations& on) { return on.render(view, texture); });
}

TEST_F(DeviceKernels, FitATextureStepByStep) {
    const View view = cpu().view(face().camera);
    ASSERT_GT(view.pixels.size(), 5000U);
    const Map start = map(uv_size, 3, 0, 1);
    const ByteImage target = image(crop_size, 3);
    expect_same([&](Operations& on) { return on.fit(view, start, target); });
}

TEST_F(DeviceKernels, FitATextureAlsoWithFewerBlocksForAnImage) {
    const View view = cpu().view(face().camera);
    const Map start = map(uv_size, 3, 0, 1);
    const ByteImage target = image(crop_size, 3);
    const auto few = make_device_operations(all_->model, {}, 8);
    expect_alike(numbers_of(few->fit(view, start, target)), numbers_of(cpu().fit(view, start, target)),
                 "8 blocks");
}

// Pixels that all show the four texels at (row, column), which wrap.
View view_of_one_place(int count, int row, int column) {
    const int right = (column + 1) % uv_size;
    const int below = (row + 1) % uv_size;
    View view;
    for (int i = 0; i < count; ++i) {
        TexturePixel pixel;
        pixel.pixel = 7 * i;
        pixel.texel = {row * uv_size + column, row * uv_size + right, below * uv_size + column,
                       below * uv_size + right};
        pixel.weight = {0.25F, 0.25F, 0.3F, 0.2F};
        view.pixels.push_back(pixel);
    }
    return view;
}

// What a wildly enlarged face gives: its lists are sorted otherwise, and its gradients do not fit into shared
// memory.
TEST_F(DeviceKernels, FitATextureOfWhichOneTexelFillsTheImage) {
    const View view = view_of_one_place(7000, 15, 70);
    const Map start = map(uv_size, 3, 0, 1);
    const ByteImage target = image(crop_size, 3);
    expect_same([&](Operations& on) { return on.fit(view, start, target); });
}

TEST_F(DeviceKernels, FitATextureAcrossItsOwnBorders) {
    const View view = view_of_one_place(50, uv_size - 1, uv_size - 1);
    const Map start = map(uv_size, 3, 0, 1);
    const ByteImage target = image(crop_size, 3);
    expect_same([&](Operations& on) { return on.fit(view, start, target); });
}

TEST_F(DeviceKernels, LeaveTheTextureAloneWhereNothingIsSeen) {
    const Map start = map(uv_size, 3, 0, 1);
    const ByteImage target = image(crop_size, 3);
    expect_same([&](Operations& on) { return on.fit(View{}, start, target); });
    expect_alike(numbers_of(device().fit(View{}, start, target).texture), start.values, "the texture");
}

TEST_F(DeviceKernels, RefuseAMapOfTheWrongSize) {
    EXPECT_THROW((void)device().smoothed_mask(map(64, 1, 0, 1)), std::invalid_argument);
    EXPECT_THROW((void)device().to_uv(Points(3)), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::core
