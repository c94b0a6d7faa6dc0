// What does the core cost, stage by stage, and how far is each stage from what the machine could do? Runs the
// whole core on copies of one portrait at several batch sizes. The ceilings are measured beside it: a copy
// within the device's memory, one over the link to it, and a large matrix product.
//
//   bench_core MODEL_DIR GOLDEN_CORE_FOLDER [--device cuda:0] [--precision fp16] [--batches 1,8,32,64]
//              [--rounds N] [--threads N] [--no-dense] [--json FILE]
//
// Stages are timed by the device's own events, the whole by the clock; medians of the rounds, ms an image.
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/rand.h>
#include <c10/core/InferenceMode.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/bench/core_costs.hpp"
#include "tests/bench/core_portrait.hpp"
#include "tests/bench/device_clock.hpp"
#include "worker/hrn/core/core.hpp"
#include "worker/hrn/networks/placement.hpp"
#include "worker/model/model_directory.hpp"

namespace {

using namespace hrn;
using networks::Placement;

struct Arguments {
    std::string model, golden, device = "cuda:0", precision = "fp16", json;
    std::vector<int> batches = {1, 8, 32, 64};
    int rounds = 10;
    int threads = 4;
    bool no_dense = false;
};

struct Ceilings {
    double matrix_tflops = 0;
    double copy_gbs = 0;  // read and written, as the baseline counts
    double link_gbs = 0;  // of both directions' mean; 0 on a CPU
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

template <typename Work>
double median_ms(bench::DeviceClock& clock, int rounds, const Work& work) {
    static_cast<void>(clock.milliseconds(work));
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        times.push_back(clock.milliseconds(work));
    }
    return median(times);
}

double copy_gbs(bench::DeviceClock& clock, const at::Tensor& from, at::Tensor to) {
    const double gigabytes = static_cast<double>(from.nbytes()) / 1e9;
    return gigabytes / (median_ms(clock, 10, [&] { to.copy_(from, true); }) / 1000);
}

Ceilings measure_ceilings(const Placement& placement) {
    const c10::InferenceMode guard;
    bench::DeviceClock clock(placement.device);
    const auto bytes = [](std::int64_t count, c10::Device device, bool pinned) {
        return at::empty({count},
                         c10::TensorOptions().device(device).dtype(c10::kByte).pinned_memory(pinned));
    };
    Ceilings out;
    const std::int64_t block = placement.on_cpu() ? 1 << 28 : 1 << 30;
    const at::Tensor here = bytes(block, placement.device, false);
    out.copy_gbs = 2 * copy_gbs(clock, here, bytes(block, placement.device, false));
    if (!placement.on_cpu()) {
        const at::Tensor host = bytes(block / 4, c10::Device(c10::kCPU), true);
        const at::Tensor device = bytes(block / 4, placement.device, false);
        out.link_gbs = (copy_gbs(clock, host, device) + copy_gbs(clock, device, host)) / 2;
    }
    const std::int64_t side = placement.on_cpu() ? 1024 : 8192;
    const at::Tensor a =
        at::rand({side, side}, c10::TensorOptions().device(placement.device)).to(placement.type());
    const double operations =
        2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(side);
    out.matrix_tflops =
        operations / 1e12 / (median_ms(clock, 10, [&] { static_cast<void>(at::matmul(a, a)); }) / 1000);
    return out;
}

struct Measured {
    int batch = 0;
    double whole = 0;  // ms an image, by the clock
    std::vector<std::pair<std::string, double>> stages;
};

Measured measure(core::Core& core, const AlignedFace& face, int batch, int rounds) {
    const std::vector<AlignedFace> faces(static_cast<std::size_t>(batch), face);
    std::vector<std::string> names;
    std::map<std::string, std::vector<double>> stages;
    std::vector<double> whole;
    for (int round = -2; round < rounds; ++round) {  // two to warm up
        const auto start = std::chrono::steady_clock::now();
        const std::vector<core::CoreResult> results = core.run(faces);
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
        if (!results.front().face) {
            throw std::runtime_error("the portrait failed: " + results.front().error->message);
        }
        if (round < 0) {
            continue;
        }
        whole.push_back(elapsed.count() / batch);
        for (const core::StageTime& stage : core.last_stages()) {
            if (stages.find(stage.name) == stages.end()) {
                names.push_back(stage.name);
            }
            stages[stage.name].push_back(stage.seconds * 1000 / batch);
        }
    }
    Measured out{batch, median(whole), {}};
    for (const std::string& name : names) {
        out.stages.emplace_back(name, median(stages[name]));
    }
    return out;
}

// The least that a stage could take on this machine, ms an image; 0 where nothing is known.
double floor_of(const std::string& stage, int batch, const Ceilings& ceilings) {
    for (const bench::StageCost& cost : bench::core_costs) {
        if (cost.stage == stage) {
            const double megabytes = cost.megabytes + cost.shared_megabytes / batch;
            const double link = ceilings.link_gbs > 0 ? cost.link_megabytes / ceilings.link_gbs : 0;
            return std::max({cost.gflop / ceilings.matrix_tflops, megabytes / ceilings.copy_gbs, link});
        }
    }
    return 0;
}

// The stages without a matrix product: what lies between the networks.
bool is_geometry(const std::string& stage) {
    return stage == "base maps" || stage == "de-retouching" || stage == "deformation" || stage == "detail" ||
           stage == "raster";
}

nlohmann::json as_json(const Measured& measured, const Ceilings& ceilings) {
    nlohmann::json stages = nlohmann::json::array();
    for (const auto& [name, milliseconds] : measured.stages) {
        nlohmann::json row = {{"stage", name}, {"ms_per_image", milliseconds}};
        for (const bench::StageCost& cost : bench::core_costs) {
            if (cost.stage == name) {
                row["gflop"] = cost.gflop;
                row["megabytes"] = cost.megabytes + cost.shared_megabytes / measured.batch;
                row["link_megabytes"] = cost.link_megabytes;
                row["floor_ms"] = floor_of(name, measured.batch, ceilings);
            }
        }
        stages.push_back(row);
    }
    return {{"batch", measured.batch}, {"ms_per_image", measured.whole}, {"stages", stages}};
}

void print(const Measured& measured, const Ceilings& ceilings) {
    std::printf("\nbatch %d: %.3f ms an image by the clock\n", measured.batch, measured.whole);
    std::printf("%-24s %12s %12s %8s\n", "stage", "ms an image", "floor, ms", "share");
    double sum = 0;
    double geometry = 0;
    for (const auto& [name, milliseconds] : measured.stages) {
        const double floor = floor_of(name, measured.batch, ceilings);
        std::printf("%-24s %12.4f %12.4f %7.0f%%\n", name.c_str(), milliseconds, floor,
                    100 * floor / milliseconds);
        sum += milliseconds;
        geometry += is_geometry(name) ? milliseconds : 0;
    }
    std::printf("%-24s %12.4f\n", "geometry of these", geometry);
    std::printf("%-24s %12.4f\n", "all", sum);
}

int run(const Arguments& arguments) {
    const Placement placement = networks::parse_placement(arguments.device, arguments.precision);
    core::Core core(model::ModelDirectory(arguments.model),
                    {arguments.device, arguments.precision, arguments.threads, !arguments.no_dense});
    const Ceilings ceilings = measure_ceilings(placement);
    const std::string device = bench::DeviceClock(placement.device).device_name();
    std::printf(
        "%s, %s, %d threads, %d rounds; ceilings: matrix product %.1f TFLOP/s, copy %.0f GB/s, link %.1f "
        "GB/s\n",
        device.c_str(), arguments.precision.c_str(), arguments.threads, arguments.rounds,
        ceilings.matrix_tflops, ceilings.copy_gbs, ceilings.link_gbs);
    nlohmann::json report = {{"device", device},
                             {"precision", arguments.precision},
                             {"threads", arguments.threads},
                             {"rounds", arguments.rounds},
                             {"dense", !arguments.no_dense},
                             {"matrix_tflops", ceilings.matrix_tflops},
                             {"copy_gbs", ceilings.copy_gbs},
                             {"link_gbs", ceilings.link_gbs},
                             {"batches", nlohmann::json::array()}};
    const AlignedFace face = bench::core_portrait(arguments.golden);
    std::vector<int> batches = arguments.batches;
    std::sort(batches.rbegin(), batches.rend());  // the largest first, as the service warms up
    for (const int batch : batches) {
        const Measured measured = measure(core, face, batch, arguments.rounds);
        print(measured, ceilings);
        report["batches"].push_back(as_json(measured, ceilings));
    }
    if (!arguments.json.empty()) {
        std::ofstream file(arguments.json);
        file << report.dump(2) << '\n';
        if (!file.flush()) {
            throw std::runtime_error("cannot write " + arguments.json);
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("What the core costs, stage by stage");
    app.add_option("model", arguments.model, "model directory")->required();
    app.add_option("golden", arguments.golden, "folder of golden core arrays: its portrait is run")
        ->required();
    app.add_option("--device", arguments.device, "cuda:N or cpu")->capture_default_str();
    app.add_option("--precision", arguments.precision, "fp32, tf32, fp16 or bf16")->capture_default_str();
    app.add_option("--batches", arguments.batches, "batch sizes")->delimiter(',')->check(CLI::Range(1, 64));
    app.add_option("--rounds", arguments.rounds, "timed runs of each batch")->check(CLI::Range(1, 10000));
    app.add_option("--threads", arguments.threads, "CPU threads")->check(CLI::Range(1, 256));
    app.add_flag("--no-dense", arguments.no_dense, "leave the dense mesh on the device");
    app.add_option("--json", arguments.json, "write the figures here");
    CLI11_PARSE(app, argc, argv);
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        std::cerr << "bench_core: " << error.what() << '\n';
        return 1;
    }
}
