// What does an image cost on the CPU? Every step of a worker that needs no device, on one thread, with inputs
// of the size that it meets there: decoding by megapixels, the official front end around its networks, and
// the files of a result down to the disk.
//
//   bench_host [--rounds N] [--portrait FILE] [--folder DIR] [--json FILE]
//
// Medians of the thread's CPU time. The sum at the end is the CPU time of one 2-megapixel image with an OBJ;
// divided into the number of cores it bounds a worker's images per second.
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <span>
#include <string>
#include <vector>

#include "shared/fs.hpp"
#include "shared/sha256.hpp"
#include "tests/bench/host_inputs.hpp"
#include "tests/bench/portraits.hpp"
#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/front/alignment.hpp"
#include "worker/hrn/front/face_mask.hpp"
#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/landmark_crop.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/s3fd_boxes.hpp"
#include "worker/hrn/image/decode.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/hrn/output/glb_writer.hpp"
#include "worker/hrn/output/image_codec.hpp"
#include "worker/hrn/output/output_set.hpp"
#include "worker/hrn/output/result_record.hpp"
#include "worker/runtime/allocator.hpp"

namespace {

using namespace hrn;

// CPU time of the calling thread: other programs on the machine do not count. Waiting for a disk does, so
// files are timed by the clock on the wall.
double seconds_now(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Row {
    std::string name;
    double milliseconds = 0;  // median
    int times = 0;            // per 2-megapixel image with an OBJ; 0: not part of it
};

class Table {
public:
    // `only`: a part of the names of the steps to measure; empty: all.
    Table(int rounds, std::string only) : rounds_(rounds), only_(std::move(only)) {}

    void measure(const std::string& name, int times, const std::function<void()>& work,
                 clockid_t clock = CLOCK_THREAD_CPUTIME_ID) {
        if (name.find(only_) == std::string::npos) {
            return;
        }
        work();  // warms caches and scratch memory
        std::vector<double> taken;
        for (int i = 0; i < rounds_; ++i) {
            const double start = seconds_now(clock);
            work();
            taken.push_back(1e3 * (seconds_now(clock) - start));
        }
        std::nth_element(taken.begin(), taken.begin() + rounds_ / 2, taken.end());
        rows_.push_back({name, taken[static_cast<std::size_t>(rounds_ / 2)], times});
        std::printf("%-44s %10.3f %4s\n", name.c_str(), rows_.back().milliseconds,
                    times > 0 ? ("x" + std::to_string(times)).c_str() : "");
        std::fflush(stdout);
    }
    [[nodiscard]] double sum() const {
        double total = 0;
        for (const Row& row : rows_) {
            total += row.times * row.milliseconds;
        }
        return total;
    }
    [[nodiscard]] nlohmann::json json() const {
        nlohmann::json rows = nlohmann::json::array();
        for (const Row& row : rows_) {
            rows.push_back({{"name", row.name}, {"median_ms", row.milliseconds}, {"times", row.times}});
        }
        return rows;
    }

private:
    int rounds_;
    std::string only_;
    std::vector<Row> rows_;
};

std::span<const std::byte> bytes_of(const std::vector<std::uint8_t>& file) {
    return std::as_bytes(std::span(file));
}

void measure_decoding(Table& table, const cv::Mat& portrait) {
    for (const double megapixels : {0.5, 2.0, 12.0}) {
        const auto file = bench::make_portrait(portrait, megapixels, 1);
        char name[64];
        std::snprintf(name, sizeof name, "decode %.1f megapixels, %zu KB", megapixels, file.size() / 1000);
        table.measure(name, megapixels == 2.0 ? 1 : 0,
                      [&] { static_cast<void>(image::decode(bytes_of(file))); });
    }
    const Photo large = image::decode(bytes_of(bench::make_portrait(portrait, 12, 1)));
    table.measure("shrink 12 megapixels to 1500", 0,
                  [&] { static_cast<void>(image::limit_long_side(large)); });
}

void measure_front_end(Table& table, const Photo& photo) {
    using namespace front;
    const bench::FaceInPhoto face = bench::face_in(photo);
    const cv::Mat rgb = image::matrix_of(photo);
    table.measure("detector: input", 1, [&] { static_cast<void>(retina_input(rgb)); });
    const RetinaInput input = retina_input(rgb);
    const RetinaRaw raw = bench::detector_output();
    table.measure("detector: boxes", 2, [&] { static_cast<void>(best_faces(raw, input)); });
    table.measure("106 points: crop of the photo", 2, [&] { static_cast<void>(crop_106(rgb, face.box)); });
    const auto logits = bench::logits_106();
    table.measure("106 points: from the maps", 4, [&] { static_cast<void>(soft_argmax_106(logits)); });
    table.measure("crop A", 1, [&] { static_cast<void>(cut_landmark_crop(rgb, face.square)); });
    const LandmarkCrop crop_a = cut_landmark_crop(rgb, face.square);
    const auto s3fd = bench::s3fd_output();
    table.measure("S3FD: boxes", 1, [&] { static_cast<void>(select_s3fd(decode_s3fd(s3fd))); });
    const FanFrame frame = fan_frame({60, 50, 160, 170});
    table.measure("68 points: crop", 1, [&] { static_cast<void>(fan_crop(crop_a.image, frame)); });
    const auto heat = bench::heat_maps();
    table.measure("68 points: from the maps", 1,
                  [&] { static_cast<void>(points_of_heat_maps(heat, frame)); });
    table.measure("aligned crops 224 and 512", 1, [&] {
        static_cast<void>(cut_crop(photo, face.crop_224));
        static_cast<void>(cut_crop(photo, face.crop_512));
    });
    const auto crop_224 = cut_crop(photo, face.crop_224);
    table.measure("texture target: enlarged, detector input", 1,
                  [&] { static_cast<void>(retina_input(enlarge_crop(crop_224))); });
    const cv::Mat enlarged = enlarge_crop(crop_224);
    table.measure("texture target: 106-point crop", 2, [&] {
        static_cast<void>(crop_106(enlarged, {220, 150, 580, 640}));
    });
    const FaceContours contours = bench::contours();
    table.measure("texture target: warp", 1, [&] { static_cast<void>(fat_face(crop_224, contours)); });
    table.measure("mask", 1, [&] { static_cast<void>(hull_mask(face.landmarks_224)); });
}

void measure_files(Table& table, const std::string& folder) {
    using namespace output;
    const auto mesh = output::testing::dome(189);
    const Reconstruction face = output::testing::reconstruction_of(mesh);
    const AlignedFace aligned = output::testing::aligned_face();
    const MeshTemplate model(mesh.topology);
    const std::string jpeg = encode_texture(quantise(face.texture, 256), TextureFormat::jpg);
    table.measure("texture.jpg", 1, [&] {
        static_cast<void>(encode_texture(quantise(face.texture, 256), TextureFormat::jpg));
    });
    std::string obj;
    model.obj.append(obj, face.vertices, face.normals);
    table.measure("mesh.obj, " + std::to_string(obj.size() / 1000) + " KB", 1, [&] {
        std::string text;
        model.obj.append(text, face.vertices, face.normals);
    });
    std::string glb;
    append_glb(glb, mesh.view(), jpeg, "image/jpeg");
    table.measure("mesh.glb, " + std::to_string(glb.size() / 1000) + " KB", 0, [&] {
        std::string bytes;
        append_glb(bytes, mesh.view(), jpeg, "image/jpeg");
    });
    table.measure("checks of the mesh", 1, [&] { check_mesh(mesh.view()); });
    const auto hash = [](const std::string& text) {
        static_cast<void>(sha256_hex(std::as_bytes(std::span(text.data(), text.size()))));
    };
    table.measure("SHA-256 of mesh.obj", 1, [&] { hash(obj); });
    table.measure("SHA-256 of mesh.glb", 0, [&] { hash(glb); });
    table.measure("quality and face record", 1, [&] {
        static_cast<void>(make_face_record("", face, aligned, model.topology, 224, 224, 224, 224));
    });
    ResultRecord record;
    record.face = make_face_record("", face, aligned, model.topology, 224, 224, 224, 224);
    table.measure("result.json", 1, [&] { static_cast<void>(result_json(record)); });

    const UniqueFd where = fs::open_directory(folder);
    const auto write = [&](const std::string& bytes, bool sync) {
        fs::write_file_at(where.get(), "bench_host.file", bytes, sync);
        fs::unlink_at(where.get(), "bench_host.file");
    };
    table.measure("write mesh.obj", 1, [&] { write(obj, false); });
    table.measure(
        "write mesh.obj, fsync (clock)", 0, [&] { write(obj, true); }, CLOCK_MONOTONIC);
    table.measure(
        "write mesh.glb, fsync (clock)", 0, [&] { write(glb, true); }, CLOCK_MONOTONIC);
}

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{"CPU time of an image, step by step, on one thread"};
    int rounds = 15;
    std::string portrait_file = "tests/data/astronaut.png";
    std::string folder = std::filesystem::temp_directory_path().string();
    std::string json_file;
    std::string only;
    app.add_option("--rounds", rounds)->check(CLI::Range(3, 10000))->capture_default_str();
    app.add_option("--portrait", portrait_file, "the photo of which the others are made")
        ->capture_default_str();
    app.add_option("--folder", folder, "where files are written for the last rows")->capture_default_str();
    app.add_option("--json", json_file, "also write the table here");
    app.add_option("--only", only, "steps with this in their name, for a profiler");
    CLI11_PARSE(app, argc, argv);
    cv::setNumThreads(1);
    runtime::keep_freed_memory();

    Table table(rounds, only);
    const cv::Mat portrait = bench::read_portrait(portrait_file);
    std::printf("%-44s %10s\n", "step, one thread", "CPU ms");
    measure_decoding(table, portrait);
    measure_front_end(table, image::decode(bytes_of(bench::make_portrait(portrait, 2, 1))));
    measure_files(table, folder);
    std::printf("%-44s %10.3f\n", "one image of 2 megapixels with an OBJ", table.sum());
    if (!json_file.empty()) {
        const nlohmann::json document = {{"rows", table.json()}, {"image_ms", table.sum()}};
        if (!(std::ofstream(json_file) << document.dump(1) << '\n')) {
            throw std::runtime_error(json_file + " cannot be written");
        }
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << "bench_host: " << error.what() << '\n';
    return 1;
}
