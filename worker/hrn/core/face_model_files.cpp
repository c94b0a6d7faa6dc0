#include "worker/hrn/core/face_model_files.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

#include "worker/model/array.hpp"
#include "worker/model/mat_file.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/npy_file.hpp"
#include "worker/model/obj_file.hpp"

namespace hrn::core {
namespace {

namespace fs = std::filesystem;
using model::Array;
using model::ModelError;

// The mean is centred on this many vertices, however many the model has (core.md 2).
constexpr std::size_t centred_vertices = 35709;

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
    throw ModelError(file.string() + ": " + what);
}

// Row-major float32 numbers of an array: in place where that is how they lie, else a converted copy.
class Floats {
public:
    explicit Floats(const Array& array) : in_place_(array.floats_in_place()) {
        count_ = static_cast<std::size_t>(array.count());
        if (in_place_ == nullptr) {
            copy_ = array.to_floats();
        }
    }
    [[nodiscard]] std::span<const float> span() const {
        return {in_place_ != nullptr ? in_place_ : copy_.data(), count_};
    }

private:
    const float* in_place_;
    std::vector<float> copy_;
    std::size_t count_ = 0;
};

// A matrix seen from its other side: its columns come out one after the other, as a basis wants them and as
// MATLAB stores them.
Array transposed(Array matrix) {
    std::swap(matrix.shape[0], matrix.shape[1]);
    std::swap(matrix.strides[0], matrix.strides[1]);
    return matrix;
}

// An index of the files (from 1) as one from 0; 0 .. limit - 1.
int checked_index(std::int64_t from_one, std::size_t limit, const fs::path& file, const std::string& what) {
    if (from_one < 1 || static_cast<std::size_t>(from_one) > limit) {
        fail(file, what + " holds the index " + std::to_string(from_one) + ", expected 1 to " +
                       std::to_string(limit));
    }
    return static_cast<int>(from_one - 1);
}

void require_finite(std::span<const float> values, const fs::path& file, const std::string& what) {
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
        fail(file, what + " holds numbers that are infinite or NaN");
    }
}

// The average is summed in float32, vertex after vertex, as officially: its rounding, some 1e-6, moves the
// whole face, and the texture is read at the pixel where that puts it.
std::vector<float> centred_mean(const Array& meanshape) {
    std::vector<float> mean = meanshape.to_floats();
    const std::size_t used = std::min(centred_vertices, mean.size() / 3);
    for (std::size_t axis = 0; axis < 3; ++axis) {
        float sum = 0;
        for (std::size_t i = 0; i < used; ++i) {
            sum += mean[3 * i + axis];
        }
        const float average = sum / static_cast<float>(used);
        for (std::size_t i = axis; i < mean.size(); i += 3) {
            mean[i] -= average;
        }
    }
    return mean;
}

void read_shape(const fs::path& file, FaceModel& out) {
    const model::MatFile mat =
        model::read_mat(file, {"meanshape", "idBase", "exBase", "tri", "point_buf", "keypoints"});
    const Array& meanshape = mat.require("meanshape", {1, -1});
    const std::int64_t numbers = meanshape.count();
    if (numbers < 9 || numbers % 3 != 0) {
        fail(file, "meanshape holds " + std::to_string(numbers) + " numbers, expected three for each vertex");
    }
    const auto vertices = static_cast<std::size_t>(numbers) / 3;
    out.mean = centred_mean(meanshape);
    require_finite(out.mean, file, "meanshape");
    out.basis.rows = static_cast<std::size_t>(numbers);
    out.basis.values.reserve(out.basis.rows * shape_count);
    for (const auto& [name, count] :
         {std::pair{"idBase", identity_count}, std::pair{"exBase", expression_count}}) {
        const std::vector<float> columns =
            transposed(mat.require(name, {numbers, static_cast<std::int64_t>(count)})).to_floats();
        require_finite(columns, file, name);
        out.basis.append(columns);
    }
    const std::vector<std::int64_t> tri = mat.require("tri", {-1, 3}).to_integers();
    out.faces.resize(tri.size() / 3);
    for (std::size_t i = 0; i < tri.size(); ++i) {
        out.faces[i / 3][i % 3] = checked_index(tri[i], vertices, file, "tri");
    }
    const std::vector<std::int64_t> around =
        mat.require("point_buf", {static_cast<std::int64_t>(vertices), 8}).to_integers();
    out.vertex_faces.resize(vertices);
    for (std::size_t i = 0; i < around.size(); ++i) {  // the number after the last face is padding
        out.vertex_faces[i / 8][i % 8] = checked_index(around[i], out.faces.size() + 1, file, "point_buf");
    }
    const std::vector<std::int64_t> keypoints = mat.require("keypoints", {1, 68}).to_integers();
    for (std::size_t i = 0; i < landmark_count; ++i) {
        out.landmarks[i] = checked_index(keypoints[i], vertices, file, "keypoints");
    }
}

void read_uvs(const fs::path& file, FaceModel& out) {
    const Array array = model::read_npy(file);
    const std::size_t vertices = out.mean.size() / 3;
    if (array.shape != std::vector<std::int64_t>{static_cast<std::int64_t>(vertices), 2}) {
        fail(file,
             "expected shape (" + std::to_string(vertices) + ", 2), found " + model::shape_text(array.shape));
    }
    const std::vector<float> numbers = array.to_floats();
    require_finite(numbers, file, "the array");
    out.uvs.resize(vertices);
    for (std::size_t i = 0; i < vertices; ++i) {
        out.uvs[i] = {numbers[2 * i], numbers[2 * i + 1]};
    }
}

void read_uv_faces(const fs::path& file, FaceModel& out) {
    out.uv_faces = model::read_obj_faces(file);
    for (const Face& face : out.uv_faces) {
        for (const int vertex : face) {
            checked_index(std::int64_t{vertex} + 1, out.vertex_count(), file, "a face");
        }
    }
    if (out.uv_faces.empty()) {
        fail(file, "there are no faces in it");
    }
}

void read_albedo(const fs::path& mean_file, const fs::path& base_file, Team& team, FaceModel& out) {
    constexpr std::int64_t values = 512LL * 512 * 3;
    const Array mean = model::read_npy(mean_file);
    if (mean.count() != values) {
        fail(mean_file, "expected 512*512*3 numbers, found shape " + model::shape_text(mean.shape));
    }
    const Array base = model::read_npy(base_file);
    if (base.count() != values * 80 || base.shape.empty() || base.shape.back() % 80 != 0) {
        fail(base_file, "expected (512*512*3, 80) numbers, found shape " + model::shape_text(base.shape));
    }
    const Floats mean_numbers(mean);
    const Floats base_numbers(base);
    out.albedo = reduce_albedo(mean_numbers.span(), base_numbers.span(), team);
    require_finite(out.albedo.mean, mean_file, "the array");
    require_finite(out.albedo.basis.values, base_file, "the array");
}

}  // namespace

FaceModel load_face_model(const model::ModelDirectory& directory, Team& team) {
    FaceModel out;
    read_shape(directory.require(model::file::bfm), out);
    read_uvs(directory.require(model::file::uvs), out);
    read_uv_faces(directory.require(model::file::uv_template), out);
    read_albedo(directory.require(model::file::texture_mean), directory.require(model::file::texture_base),
                team, out);
    out.derive();
    return out;
}

}  // namespace hrn::core
