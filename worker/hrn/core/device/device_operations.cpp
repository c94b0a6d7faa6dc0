#include "worker/hrn/core/device/device_operations.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "worker/hrn/core/cuda/detail.hpp"
#include "worker/hrn/core/cuda/lookup.hpp"
#include "worker/hrn/core/cuda/network_io.hpp"
#include "worker/hrn/core/cuda/normals.hpp"
#include "worker/hrn/core/cuda/raster.hpp"
#include "worker/hrn/core/cuda/shape.hpp"
#include "worker/hrn/core/cuda/texture_fit.hpp"
#include "worker/hrn/core/cuda/uv_maps.hpp"
#include "worker/hrn/core/device/device_array.hpp"
#include "worker/hrn/core/device/device_model.hpp"
#include "worker/hrn/core/device/fit_schedule.hpp"

namespace hrn::core {
namespace {

constexpr cuda::Stream stream = nullptr;  // the default one: copies wait for it

std::span<const float> numbers_of(const Points& points) {
    static_assert(sizeof(Vec3) == 3 * sizeof(float));
    return {reinterpret_cast<const float*>(points.data()), 3 * points.size()};
}

Points points_of(const std::vector<float>& numbers) {
    Points points(numbers.size() / 3);
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = {numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]};
    }
    return points;
}

const Map& require(const Map& map, int side, int channels) {
    if (map.height != side || map.width != side || map.channels != channels) {
        throw std::invalid_argument("a map is not " + std::to_string(side) + " x " + std::to_string(side) +
                                    " x " + std::to_string(channels));
    }
    return map;
}

// Arrays of a batch of which one image is looked at.
class Batch {
public:
    explicit Batch(BatchPlace place) : place_(place), failed_(in<int>(std::vector<int>(1))) {}

    template <typename T>
    [[nodiscard]] DeviceArray<T> in(std::span<const T> own) const {
        std::vector<T> all(own.size() * images());
        std::copy(own.begin(), own.end(), all.begin() + static_cast<std::ptrdiff_t>(own.size() * at()));
        return DeviceArray<T>(std::span<const T>(all));
    }
    template <typename T>
    [[nodiscard]] DeviceArray<T> in(const std::vector<T>& own) const {
        return in(std::span<const T>(own));
    }
    template <typename T>
    [[nodiscard]] DeviceArray<T> out(std::size_t count) const {
        return DeviceArray<T>(count * images());
    }
    template <typename T>
    [[nodiscard]] std::vector<T> own(const DeviceArray<T>& array) const {
        check_device(cudaGetLastError(), "starting a kernel");
        const std::vector<T> all = array.download();
        const auto count = static_cast<std::ptrdiff_t>(all.size() / images());
        const auto begin = all.begin() + count * place_.at;
        return {begin, begin + count};
    }
    [[nodiscard]] Map own_map(const DeviceArray<float>& array, int side, int channels) const {
        Map map(side, side, channels);
        map.values = own(array);
        return map;
    }
    [[nodiscard]] int count() const { return place_.images; }
    [[nodiscard]] int position() const { return place_.at; }
    [[nodiscard]] cuda::Health health() const { return {failed_.data(), 1}; }

private:
    [[nodiscard]] std::size_t images() const { return static_cast<std::size_t>(place_.images); }
    [[nodiscard]] std::size_t at() const { return static_cast<std::size_t>(place_.at); }
    BatchPlace place_;
    DeviceArray<int> failed_;
};

// Memory behind a cuda::Lookup.
class LookupArrays {
public:
    LookupArrays(const Batch& batch, const std::vector<TexturePixel>& pixels)
        : count(batch.in<std::int32_t>(std::vector<std::int32_t>{static_cast<std::int32_t>(pixels.size())})),
          row_first_(batch.out<std::int32_t>(cuda::uv_side + 1)),
          ranked_(batch.out<std::int32_t>(capacity)),
          first_(batch.out<std::int32_t>(cuda::uv_texels + 1)),
          row_cursor_(batch.out<std::int32_t>(cuda::uv_side)),
          rank_(batch.out<std::int32_t>(capacity)),
          cursor_(batch.out<std::int32_t>(cuda::uv_texels)),
          places_(batch.out<std::uint32_t>(4 * capacity)),
          entries_(batch.out<cuda::TexelEntry>(4 * capacity)) {
        std::vector<std::int32_t> own_pixels(capacity);
        std::vector<std::int32_t> own_texels(4 * capacity);
        std::vector<float> own_weights(4 * capacity);
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            own_pixels[i] = pixels[i].pixel;
            std::copy(pixels[i].texel.begin(), pixels[i].texel.end(),
                      own_texels.begin() + static_cast<std::ptrdiff_t>(4 * i));
            std::copy(pixels[i].weight.begin(), pixels[i].weight.end(),
                      own_weights.begin() + static_cast<std::ptrdiff_t>(4 * i));
        }
        this->pixels = batch.in(own_pixels);
        texels = batch.in(own_texels);
        weights = batch.in(own_weights);
    }
    [[nodiscard]] cuda::Lookup lookup() const {
        return {count.data(),       pixels.data(),  texels.data(),  weights.data(),
                row_first_.data(),  ranked_.data(), first_.data(),  entries_.data(),
                row_cursor_.data(), rank_.data(),   cursor_.data(), places_.data()};
    }

    static constexpr std::size_t capacity = cuda::view_pixels;
    DeviceArray<std::int32_t> count, pixels, texels;
    DeviceArray<float> weights;

private:
    DeviceArray<std::int32_t> row_first_, ranked_, first_, row_cursor_, rank_, cursor_;
    DeviceArray<std::uint32_t> places_;
    DeviceArray<cuda::TexelEntry> entries_;
};

class DeviceOperations final : public Operations {
public:
    DeviceOperations(const FaceModel& model, BatchPlace place, int fit_strips)
        : constants_(model), batch_(place), plan_(cuda::plan_fit(fit_strips)) {
        if (plan_.slots == 0) {
            throw DeviceError("this device is too small for the texture fit");
        }
    }

    Pose pose(const Coefficients& coefficients) override {
        const auto input = coefficients_in(coefficients);
        const auto poses = batch_.out<float>(cuda::pose_numbers);
        cuda::find_pose(input.data(), batch_.count(), poses.data(), stream);
        const std::vector<float> own = batch_.own(poses);
        Pose pose;
        std::copy_n(own.begin(), 9, pose.rotation.m.begin());
        pose.translation = {own[9], own[10], own[11]};
        return pose;
    }
    Points shape(const Coefficients& coefficients) override {
        const auto input = coefficients_in(coefficients);
        const auto shape = points_out();
        cuda::face_shape(model(), input.data(), batch_.count(), shape.data(), stream);
        return points_of(batch_.own(shape));
    }
    PosedShape posed(const Points& shape, const Pose& pose) override {
        const auto input = points_in(shape);
        const auto poses = pose_in(pose);
        const auto world = points_out();
        const auto camera = points_out();
        cuda::place(input.data(), poses.data(), model().vertices, batch_.count(), world.data(), camera.data(),
                    stream);
        return {shape, points_of(batch_.own(world)), points_of(batch_.own(camera))};
    }
    Points flipped(const Points& points) override {
        const auto input = points_in(points);
        const auto out = points_out();
        cuda::flip_depth(input.data(), model().vertices, batch_.count(), out.data(), stream);
        return points_of(batch_.own(out));
    }
    Points deformed(const Points& base, const Map& deformation) override {
        const auto input = points_in(base);
        const auto map = map_in(require(deformation, deformation_size, 3));
        const auto out = points_out();
        cuda::deform(model(), input.data(), map.data(), batch_.count(), out.data(), stream);
        return points_of(batch_.own(out));
    }
    std::vector<float> landmarks(const Points& camera) override {
        const auto input = points_in(camera);
        const auto out = batch_.out<float>(2 * cuda::landmark_count);
        cuda::project_landmarks(model(), input.data(), batch_.count(), out.data(), stream);
        return batch_.own(out);
    }
    Points shape_normals(const Points& shape, const Pose* pose) override {
        const auto input = points_in(shape);
        const auto poses = pose_in(pose != nullptr ? *pose : Pose{});
        const auto faces = faces_out();
        const auto out = points_out();
        cuda::shape_normals(model(), input.data(), pose != nullptr ? poses.data() : nullptr, batch_.count(),
                            faces.data(), out.data(), stream);
        return points_of(batch_.own(out));
    }
    Points mesh_normals(const Points& vertices) override {
        const auto input = points_in(vertices);
        const auto faces = faces_out();
        const auto out = points_out();
        cuda::mesh_normals(model(), input.data(), batch_.count(), faces.data(), out.data(), stream);
        return points_of(batch_.own(out));
    }

    Map to_uv(const Points& attribute) override {
        const auto input = points_in(attribute);
        const auto out = uv_out(3);
        cuda::to_uv(model(), input.data(), batch_.count(), out.data(), stream);
        return batch_.own_map(out, uv_size, 3);
    }
    Map sample(const Points& camera, const ByteImage& image) override {
        const auto input = points_in(camera);
        const auto crops = image_in(image);
        const auto out = uv_out(image.channels);
        cuda::sample_crop(model(), input.data(), crops.data(), image.side, image.channels, batch_.count(),
                          out.data(), batch_.health(), stream);
        return batch_.own_map(out, uv_size, image.channels);
    }
    Map smoothed_mask(const Map& mask) override {
        const auto input = map_in(require(mask, uv_size, 1));
        const auto out = uv_out(1);
        cuda::smooth_mask(input.data(), batch_.count(), out.data(), batch_.health(), stream);
        return batch_.own_map(out, uv_size, 1);
    }
    Map albedo(const Coefficients& coefficients) override {
        const auto input = coefficients_in(coefficients);
        const auto out = uv_out(3);
        cuda::albedo_map(model(), input.data(), batch_.count(), out.data(), stream);
        return batch_.own_map(out, uv_size, 3);
    }

    Map unet_input(const Map& texture) override {
        const auto input = map_in(require(texture, uv_size, 3));
        const auto out = batch_.out<float>(3UL * cuda::photo_side * cuda::photo_side);
        cuda::unet_input(input.data(), batch_.count(), {out.data(), cuda::Element::f32}, stream);
        return batch_.own_map(out, cuda::photo_side, 3);
    }
    Map mid_input(const Map& positions, const Map& texture) override {
        const auto p = map_in(require(positions, uv_size, 3));
        const auto t = map_in(require(texture, uv_size, 3));
        const auto out = batch_.out<float>(6UL * cuda::deformation_texels);
        cuda::mid_input(p.data(), t.data(), batch_.count(), {out.data(), cuda::Element::f32}, stream);
        return batch_.own_map(out, deformation_size, 6);
    }
    Map high_input(const Map& positions, const Map& texture, const Map& deformation) override {
        const auto p = map_in(require(positions, uv_size, 3));
        const auto t = map_in(require(texture, uv_size, 3));
        const auto d = map_in(require(deformation, deformation_size, 3));
        const auto out = uv_out(9);
        cuda::high_input(p.data(), t.data(), d.data(), batch_.count(), {out.data(), cuda::Element::f32},
                         stream);
        return batch_.own_map(out, uv_size, 9);
    }
    Map de_retouched(const Map& texture, const Map& blend, const Map& albedo) override {
        const auto t = map_in(require(texture, uv_size, 3));
        const auto b = map_in(require(blend, cuda::photo_side, 3));
        const auto a = map_in(require(albedo, uv_size, 3));
        cuda::de_retouch(t.data(), {b.data(), cuda::Element::f32}, batch_.count(), a.data(), batch_.health(),
                         stream);
        return batch_.own_map(a, uv_size, 3);
    }
    Map deformation(const Map& output, float alpha, const Map& mask) override {
        const auto o = map_in(require(output, deformation_size, 3));
        const auto m = map_in(require(mask, uv_size, 1));
        const auto out = batch_.out<float>(3UL * cuda::deformation_texels);
        cuda::deformation_map({o.data(), cuda::Element::f32}, alpha, m.data(), batch_.count(), out.data(),
                              batch_.health(), stream);
        return batch_.own_map(out, deformation_size, 3);
    }
    Map displacement(const Map& output, float beta, const Map& mask) override {
        const auto o = map_in(require(output, uv_size, 1));
        const auto m = map_in(require(mask, uv_size, 1));
        const auto out = uv_out(1);
        cuda::displacement_map({o.data(), cuda::Element::f32}, beta, m.data(), batch_.count(), out.data(),
                               batch_.health(), stream);
        return batch_.own_map(out, uv_size, 1);
    }

    Map displaced(const Map& positions, const Map& normals, const Map& displacement) override {
        const auto x = map_in(require(positions, uv_size, 3));
        const auto n = map_in(require(normals, uv_size, 3));
        const auto out = displace(x, n, displacement);
        return batch_.own_map(out, uv_size, 3);
    }
    Map detail_normals(const Map& positions, const Map& normals, const Map& displacement) override {
        const auto x = map_in(require(positions, uv_size, 3));
        const auto n = map_in(require(normals, uv_size, 3));
        const auto moved = displace(x, n, displacement);
        const auto out = uv_out(3);
        cuda::detail_normals(x.data(), moved.data(), n.data(), batch_.count(), out.data(), stream);
        return batch_.own_map(out, uv_size, 3);
    }
    Map lit(const Map& albedo, const Map& normals, const Coefficients& coefficients) override {
        const auto a = map_in(require(albedo, uv_size, 3));
        const auto n = map_in(require(normals, uv_size, 3));
        const auto c = coefficients_in(coefficients);
        const auto out = uv_out(3);
        cuda::light(a.data(), n.data(), c.data(), batch_.count(), out.data(), stream);
        return batch_.own_map(out, uv_size, 3);
    }

    View view(const Points& camera) override;
    Map render(const View& view, const Map& texture) override;
    FitTrace fit(const View& view, const Map& start, const ByteImage& target) override;

private:
    [[nodiscard]] const cuda::ModelArrays& model() const { return constants_.arrays(); }
    [[nodiscard]] DeviceArray<float> coefficients_in(const Coefficients& c) const {
        return batch_.in(std::span<const float>(c));
    }
    [[nodiscard]] DeviceArray<float> points_in(const Points& points) const {
        if (points.size() != static_cast<std::size_t>(model().vertices)) {
            throw std::invalid_argument("not as many points as the model has vertices");
        }
        return batch_.in(numbers_of(points));
    }
    [[nodiscard]] DeviceArray<float> points_out() const {
        return batch_.out<float>(3 * static_cast<std::size_t>(model().vertices));
    }
    [[nodiscard]] DeviceArray<float> faces_out() const {
        return batch_.out<float>(3 * static_cast<std::size_t>(model().faces));
    }
    [[nodiscard]] DeviceArray<float> pose_in(const Pose& pose) const {
        std::vector<float> numbers(pose.rotation.m.begin(), pose.rotation.m.end());
        numbers.insert(numbers.end(), {pose.translation.x, pose.translation.y, pose.translation.z});
        return batch_.in(numbers);
    }
    [[nodiscard]] DeviceArray<float> map_in(const Map& map) const { return batch_.in(map.values); }
    [[nodiscard]] DeviceArray<std::uint8_t> image_in(const ByteImage& image) const {
        if (image.bytes.size() != static_cast<std::size_t>(image.side) *
                                      static_cast<std::size_t>(image.side) *
                                      static_cast<std::size_t>(image.channels)) {
            throw std::invalid_argument("an image has not the bytes that its size asks for");
        }
        return batch_.in(image.bytes);
    }
    [[nodiscard]] DeviceArray<float> uv_out(int channels) const {
        return batch_.out<float>(static_cast<std::size_t>(channels) * cuda::uv_texels);
    }
    [[nodiscard]] DeviceArray<float> displace(const DeviceArray<float>& positions,
                                              const DeviceArray<float>& normals,
                                              const Map& displacement) const {
        const auto h = map_in(require(displacement, uv_size, 1));
        auto out = uv_out(3);
        cuda::displace(positions.data(), normals.data(), h.data(), batch_.count(), out.data(), stream);
        check_device(cudaDeviceSynchronize(), "displacing");  // before the displacement's memory goes
        return out;
    }

    DeviceModel constants_;
    Batch batch_;
    cuda::FitPlan plan_;
};

View DeviceOperations::view(const Points& camera) {
    const auto input = points_in(camera);
    const auto keys = batch_.out<cuda::PixelKey>(cuda::view_pixels);
    const auto faces = batch_.out<std::int32_t>(cuda::view_pixels);
    const LookupArrays arrays(batch_, {});
    const cuda::Lookup lookup = arrays.lookup();
    cuda::rasterise(model(), input.data(), batch_.count(), keys.data(), stream);
    cuda::list_covered(keys.data(), batch_.count(), lookup.count, lookup.pixels, nullptr, faces.data(),
                       stream);
    cuda::look_up(model(), input.data(), keys.data(), batch_.count(), lookup, stream);
    View view;
    view.raster.face = batch_.own(faces);
    const std::vector<std::int32_t> pixels = batch_.own(arrays.pixels);
    const std::vector<std::int32_t> texels = batch_.own(arrays.texels);
    const std::vector<float> weights = batch_.own(arrays.weights);
    view.pixels.resize(static_cast<std::size_t>(batch_.own(arrays.count).front()));
    for (std::size_t i = 0; i < view.pixels.size(); ++i) {
        view.pixels[i].pixel = pixels[i];
        std::copy_n(texels.begin() + static_cast<std::ptrdiff_t>(4 * i), 4, view.pixels[i].texel.begin());
        std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(4 * i), 4, view.pixels[i].weight.begin());
    }
    return view;
}

Map DeviceOperations::render(const View& view, const Map& texture) {
    const LookupArrays arrays(batch_, view.pixels);
    const auto colours = map_in(require(texture, uv_size, 3));
    const auto black = batch_.in(std::vector<std::uint8_t>(3UL * cuda::view_pixels));
    const auto out = batch_.out<float>(4UL * cuda::view_pixels);
    cuda::render_difference(arrays.lookup(), colours.data(), black.data(), batch_.count(), out.data(),
                            stream);
    const std::vector<float> seen = batch_.own(out);
    Map map(crop_size, crop_size, 3);
    for (std::size_t i = 0; i < view.pixels.size(); ++i) {
        map.set(static_cast<std::size_t>(view.pixels[i].pixel),
                {seen[4 * i], seen[4 * i + 1], seen[4 * i + 2]});
    }
    return map;
}

FitTrace DeviceOperations::fit(const View& view, const Map& start, const ByteImage& target) {
    const LookupArrays arrays(batch_, view.pixels);
    const auto colours = map_in(require(start, uv_size, 3));
    const auto photo = image_in(target);
    const auto texture = uv_out(3);
    const auto last_offset = uv_out(3);
    const auto losses = batch_.out<float>(static_cast<std::size_t>(fit_steps) * cuda::view_pixels);
    const auto pixels = batch_.out<cuda::FitPixel>(cuda::view_pixels);
    const auto slots = static_cast<std::size_t>(plan_.slots);
    const DeviceArray<float> gradients(slots * cuda::FitPlan::gradient_numbers());
    const DeviceArray<float> seams(slots * plan_.seam_numbers());
    const DeviceArray<unsigned> done(slots * static_cast<std::size_t>(plan_.strips));
    const cuda::FitArrays fit = {arrays.lookup(),    colours.data(), photo.data(),  texture.data(),
                                 last_offset.data(), losses.data(),  pixels.data(), gradients.data(),
                                 seams.data(),       done.data()};
    cuda::transpose(batch_.count(), fit.lookup, stream);
    FitTrace trace;
    for (const auto& [steps, map] : {std::pair{1, &trace.after_1}, std::pair{10, &trace.after_10},
                                     std::pair{fit_steps, &trace.after_100}}) {
        cuda::fit_textures(fit, plan_, fit_schedule(), steps, batch_.count(), stream);
        *map = batch_.own_map(last_offset, uv_size, 3);
    }
    trace.texture = batch_.own_map(texture, uv_size, 3);
    const std::vector<float> own = batch_.own(losses);
    const std::size_t covered = view.pixels.size();
    for (std::size_t step = 0; step < trace.loss.size(); ++step) {
        double sum = 0;
        for (std::size_t i = 0; i < covered; ++i) {
            sum += own[step * cuda::view_pixels + i];
        }
        trace.loss[step] = covered == 0 ? 0.0 : sum / static_cast<double>(covered);
    }
    return trace;
}

}  // namespace

std::unique_ptr<Operations> make_device_operations(const FaceModel& model, BatchPlace place, int fit_strips) {
    return std::make_unique<DeviceOperations>(model, place, fit_strips);
}

}  // namespace hrn::core
