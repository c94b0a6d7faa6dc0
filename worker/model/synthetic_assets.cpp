#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "worker/model/mat_writer.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/npy_writer.hpp"
#include "worker/model/output_file.hpp"
#include "worker/model/synthetic_files.hpp"
#include "worker/model/tensor_table.hpp"

namespace hrn::model {
namespace {

constexpr int kTextureSize = 512;
constexpr std::size_t kCentredVertices =
    35709;  // the official mesh's; the mean is always over these (core.md 2)

using Triangles = std::vector<std::array<std::int32_t, 3>>;

std::vector<float> to_float(const std::vector<double>& numbers) {
    return {numbers.begin(), numbers.end()};
}

// MATLAB counts from 1.
Array one_based(const std::vector<std::int32_t>& numbers, std::vector<std::int64_t> shape) {
    std::vector<std::int32_t> shifted(numbers.size());
    std::transform(numbers.begin(), numbers.end(), shifted.begin(), [](std::int32_t x) { return x + 1; });
    return array_of(ElementType::i32, bytes_of(shifted), std::move(shape));
}

std::vector<std::int32_t> flat(const Triangles& triangles, std::size_t count) {
    std::vector<std::int32_t> out;
    for (std::size_t i = 0; i < count; ++i) {
        out.insert(out.end(), triangles[i].begin(), triangles[i].end());
    }
    return out;
}

void write_bfm(const std::filesystem::path& path, const SynthesisOptions& options,
               const std::vector<double>& shape, const Triangles& triangles) {
    const int n = options.grid;
    const std::int64_t vertices = std::int64_t{n} * n;
    const auto axis = grid_axis(n);
    const auto faces = static_cast<std::int64_t>(triangles.size());
    const std::int64_t few = std::min<std::int64_t>(10, faces);
    const auto base = [&](const BasisRule& rule) { return basis(rule, axis, axis, options.seed); };
    const auto expression = base(expression_basis);
    std::vector<std::uint16_t> keypoints;
    for (const auto vertex : face_landmarks(n)) {
        keypoints.push_back(static_cast<std::uint16_t>(vertex + 1));
    }
    std::vector<std::int32_t> all(static_cast<std::size_t>(vertices));
    std::iota(all.begin(), all.end(), 0);
    const std::vector<std::uint8_t> skin(all.size(), 1);
    write_mat(path,
              {{"meanshape", array_of(to_float(shape), {1, 3 * vertices})},
               {"meantex", array_of(synthetic_tensor("BFM_model_front.mat", "meantex", 3 * vertices, 100.0,
                                                     200.0, options.seed),
                                    {1, 3 * vertices})},
               {"idBase", array_of(base(identity_basis), {3 * vertices, 80})},
               // float64, as the official converter leaves it
               {"exBase", array_of(ElementType::f64,
                                   bytes_of(std::vector<double>(expression.begin(), expression.end())),
                                   {3 * vertices, 64})},
               {"texBase", array_of(base(texture_basis), {3 * vertices, 80})},
               {"tri", one_based(flat(triangles, triangles.size()), {faces, 3})},
               {"point_buf", one_based(face_point_buffer(n), {vertices, 8})},
               {"tri_mask2", one_based(flat(triangles, static_cast<std::size_t>(few)), {few, 3})},
               {"keypoints", array_of(ElementType::u16, bytes_of(keypoints), {1, 68})},
               {"frontmask2_idx", one_based(all, {vertices, 1})},
               {"skinmask", array_of(ElementType::u8, bytes_of(skin), {1, vertices})}},
              MatCompression::none);
}

// The landmarks of the centred template: the standard points of alignment (front.md 7).
void write_similarity(const std::filesystem::path& path, const std::vector<double>& shape, int n) {
    const std::size_t vertices = shape.size() / 3;
    const std::size_t counted = std::min(vertices, kCentredVertices);
    std::array<double, 3> mean{};
    for (std::size_t vertex = 0; vertex < counted; ++vertex) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            mean[axis] += shape[vertex * 3 + axis];
        }
    }
    std::vector<double> points;
    for (const auto vertex : face_landmarks(n)) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            points.push_back(shape[static_cast<std::size_t>(vertex) * 3 + axis] -
                             mean[axis] / static_cast<double>(counted));
        }
    }
    write_mat(path, {{"lm", array_of(ElementType::f64, bytes_of(points), {68, 3})}}, MatCompression::zlib);
}

void write_template(const std::filesystem::path& path, const std::vector<float>& shape,
                    const std::vector<float>& uvs, const Triangles& triangles) {
    OutputFile out(path);
    std::string text = "# synthetic template\n";
    std::array<char, 128> line{};
    const auto add = [&](const char* format, auto... values) {
        text.append(line.data(),
                    static_cast<std::size_t>(std::snprintf(line.data(), line.size(), format, values...)));
    };
    for (std::size_t i = 0; i < shape.size(); i += 3) {
        add("v %.6f %.6f %.6f\n", static_cast<double>(shape[i]), static_cast<double>(shape[i + 1]),
            static_cast<double>(shape[i + 2]));
    }
    for (std::size_t i = 0; i < uvs.size(); i += 2) {
        add("vt %.6f %.6f\n", static_cast<double>(uvs[i]), static_cast<double>(uvs[i + 1]));
    }
    for (const auto& t : triangles) {
        add("f %d/%d %d/%d %d/%d\n", t[0] + 1, t[0] + 1, t[1] + 1, t[1] + 1, t[2] + 1, t[2] + 1);
    }
    out.write(text);
    out.close();
}

}  // namespace

void write_face_model(const std::filesystem::path& directory, const SynthesisOptions& options) {
    const auto shape = face_template(options.grid);
    const auto triangles = face_triangles(options.grid);
    const auto uvs = face_uvs(options.grid);
    write_bfm(directory / file::bfm, options, shape, triangles);
    write_similarity(directory / file::similarity, shape, options.grid);
    write_npy(directory / file::uvs, array_of(uvs, {static_cast<std::int64_t>(uvs.size() / 2), 2}));
    write_template(directory / file::uv_template, to_float(shape), uvs, triangles);
}

void write_texture_model(const std::filesystem::path& directory, const SynthesisOptions& options) {
    write_npy(directory / file::texture_mean,
              array_of(mean_texture(kTextureSize), {kTextureSize, kTextureSize, 3}));
    const auto columns = texel_axis(kTextureSize);
    const std::vector<double> rows(columns.rbegin(), columns.rend());
    write_npy(directory / file::texture_base, array_of(basis(texture_map_basis, columns, rows, options.seed),
                                                       {kTextureSize, kTextureSize, 3, 80}));
}

}  // namespace hrn::model
