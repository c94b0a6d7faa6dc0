// What do a result's files cost? Numbers as text against snprintf, and every file of a face of the official
// size (35,721 vertices, 70,688 faces) on one thread, encoders included; nothing is written to disk.
//
//   bench_outputs [--rounds N] [--json FILE]
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/detail_mesh.hpp"
#include "worker/hrn/output/fixed6.hpp"
#include "worker/hrn/output/glb_writer.hpp"
#include "worker/hrn/output/image_codec.hpp"
#include "worker/hrn/output/photo_texture.hpp"
#include "worker/hrn/output/ply_writer.hpp"
#include "worker/hrn/output/preview.hpp"

namespace {

using namespace hrn::output;
using Clock = std::chrono::steady_clock;

struct Row {
    std::string name;
    double milliseconds;  // median
    std::size_t bytes;
};

// `work` returns the bytes that it made.
template <typename Work>
Row measure(std::string name, int rounds, Work work) {
    std::vector<double> times;
    std::size_t bytes = work();  // warms caches and scratch memory
    for (int i = 0; i < rounds; ++i) {
        const auto start = Clock::now();
        bytes = work();
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
    return {std::move(name), times[static_cast<std::size_t>(rounds / 2)], bytes};
}

std::vector<float> coordinates(std::size_t count) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> range(-1.5F, 1.5F);
    std::vector<float> numbers(count);
    std::generate(numbers.begin(), numbers.end(), [&] { return range(random); });
    return numbers;
}

std::vector<Row> measure_numbers(int rounds) {
    const std::vector<float> numbers = coordinates(1'000'000);
    const auto each = [&numbers](auto write) {
        std::array<char, 64> text{};
        std::size_t bytes = 0;
        for (const float number : numbers) {
            bytes += write(text, number);
        }
        return bytes;
    };
    return {measure("1e6 numbers, snprintf %.6f", rounds,
                    [&] {
                        return each([](std::array<char, 64>& text, float x) {
                            return static_cast<std::size_t>(
                                std::snprintf(text.data(), text.size(), "%.6f", static_cast<double>(x)));
                        });
                    }),
            measure("1e6 numbers, write_fixed6", rounds, [&] {
                return each([](std::array<char, 64>& text, float x) {
                    return static_cast<std::size_t>(write_fixed6(text.data(), x) - text.data());
                });
            })};
}

// A photo of 1500 x 1500 with some structure, so that the encoders have work.
hrn::Photo make_photo() {
    hrn::Photo photo = blank(1500, 1500, 0);
    std::mt19937 random(4);
    for (std::size_t i = 0; i < photo.rgb.size(); ++i) {
        photo.rgb[i] = static_cast<std::uint8_t>(i / 4500 / 8 + i % 4500 / 48 + random() % 16);
    }
    return photo;
}

std::vector<Row> measure_files(int rounds) {
    const auto mesh = testing::dome(189);
    const hrn::Reconstruction face = testing::reconstruction_of(mesh);
    hrn::AlignedFace aligned = testing::aligned_face();
    aligned.scale_224 = 224.0 / 1500;
    const hrn::Photo photo = make_photo();
    const PhotoOfFace source{&photo, 0, 0};
    const MeshTemplate model(mesh.topology);
    const Picture fitted = quantise(face.texture, 256);
    const std::string jpeg = encode_texture(fitted, TextureFormat::jpg);
    std::string out;
    const auto into_string = [&out](auto append) {
        out.clear();
        append(out);
        return out.size();
    };
    std::vector<Row> rows;
    rows.push_back(measure("mesh.obj", rounds, [&] {
        return into_string([&](std::string& s) { model.obj.append(s, face.vertices, face.normals); });
    }));
    rows.push_back(measure("mesh.obj without a template", rounds,
                           [&] { return into_string([&](std::string& s) { append_obj(s, mesh.view()); }); }));
    rows.push_back(measure("mesh.ply", rounds, [&] {
        return into_string([&](std::string& s) { append_ply(s, mesh.view(), "texture.jpg"); });
    }));
    rows.push_back(measure("mesh.glb", rounds, [&] {
        return into_string([&](std::string& s) { append_glb(s, mesh.view(), jpeg, "image/jpeg"); });
    }));
    rows.push_back(measure("detailed mesh and its obj", rounds, [&] {
        const DetailMesh detail = make_detail_mesh(face.dense_positions);
        return into_string([&](std::string& s) { append_obj(s, detail.view()); });
    }));
    rows.push_back(measure("texture.jpg 256", rounds, [&] {
        return encode_texture(quantise(face.texture, 256), TextureFormat::jpg).size();
    }));
    for (const int size : {1024, 2048}) {
        rows.push_back(measure("texture " + std::to_string(size) + " from the photo", rounds, [&] {
            return texture_from_photo(face, aligned, source, model.topology, size).rgb.size();
        }));
    }
    const Picture large = texture_from_photo(face, aligned, source, model.topology, 2048);
    rows.push_back(
        measure("its jpeg, 2048", rounds, [&] { return encode_texture(large, TextureFormat::jpg).size(); }));
    rows.push_back(measure("preview.jpg", rounds, [&] {
        return encode_jpeg(make_preview(mesh.view(), aligned, fitted), 90).size();
    }));
    return rows;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Time per output file of one face"};
    int rounds = 21;
    std::string json_file;
    app.add_option("--rounds", rounds)->check(CLI::Range(3, 10000))->capture_default_str();
    app.add_option("--json", json_file, "also write the table here");
    CLI11_PARSE(app, argc, argv);
    cv::setNumThreads(1);

    std::vector<Row> rows = measure_numbers(rounds);
    for (Row& row : measure_files(rounds)) {
        rows.push_back(std::move(row));
    }
    nlohmann::json document = nlohmann::json::array();
    std::printf("%-32s %12s %12s\n", "what", "median ms", "bytes");
    for (const Row& row : rows) {
        std::printf("%-32s %12.3f %12zu\n", row.name.c_str(), row.milliseconds, row.bytes);
        document.push_back({{"name", row.name}, {"median_ms", row.milliseconds}, {"bytes", row.bytes}});
    }
    if (!json_file.empty() && !(std::ofstream(json_file) << document.dump(1) << '\n')) {
        std::cerr << "bench_outputs: " << json_file << " cannot be written\n";
        return 1;
    }
    return 0;
}
