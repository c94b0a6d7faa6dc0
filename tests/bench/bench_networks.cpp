// What do the networks cost on this device, and how much of its matrix rate do they reach? Every network of
// the core and of the official front end, at several batch sizes, launched one kernel at a time and as a
// recorded graph; the rate of a large matrix product is measured beside them.
//
//   bench_networks MODEL_DIR [--device cuda:0] [--precision fp16] [--batches 1,8,32,64] [--rounds N] [--json
//   FILE]
//
// Times are medians; on a device between two events of its stream, on the CPU between two looks at the clock.
#include <ATen/ops/matmul.h>
#include <ATen/ops/rand.h>
#include <c10/core/InferenceMode.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/device_clock.hpp"
#include "tests/bench/network_list.hpp"
#include "worker/hrn/networks/graphed_network.hpp"
#include "worker/hrn/networks/layers.hpp"
#include "worker/model/model_directory.hpp"

namespace {

using namespace hrn;
using bench::Network;
using networks::GraphedNetwork;
using networks::Placement;

struct Row {
    std::string network;
    std::int64_t batch = 0;
    double gflop = 0;
    double eager = 0;  // milliseconds per image
    double graphed = 0;
    double recording =
        0;  // milliseconds of the first call: algorithms chosen, kernels loaded, graph recorded
    int runs = 1;
};

// A batch is run whole in the service's pieces; so is the plain network, which has no other memory to put it.
double milliseconds(bench::DeviceClock& clock, int rounds, const std::function<void()>& work) {
    work();
    work();
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        times.push_back(clock.milliseconds(work));
    }
    std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
    return times[static_cast<std::size_t>(rounds / 2)];
}

Row measure(const Network& network, std::int64_t batch, const Placement& placement, bench::DeviceClock& clock,
            int rounds, GraphedNetwork& graphed) {
    std::vector<std::int64_t> shape = network.image;
    shape.insert(shape.begin(), batch);
    const at::Tensor x = networks::place(at::rand(shape), placement);
    Row row;
    row.network = network.name;
    row.batch = batch;
    row.gflop = network.gflop;
    row.runs = network.runs;
    const auto per_image = static_cast<double>(batch);
    if (!placement.on_cpu()) {
        const auto once = [&] { static_cast<void>(graphed(x)); };
        row.recording = clock.milliseconds(once);
        row.graphed = milliseconds(clock, rounds, once) / per_image;
    }
    row.eager = milliseconds(clock, rounds,
                             [&] {
                                 std::int64_t done = 0;
                                 for (const auto& piece : networks::batch_pieces(
                                          batch, networks::batch_sizes_up_to(network.largest))) {
                                     static_cast<void>(network.forward(x.narrow(0, done, piece.images)));
                                     done += piece.images;
                                 }
                             }) /
                per_image;
    return row;
}

// TFLOP/s of a product of two square matrices.
double matrix_rate(const Placement& placement, bench::DeviceClock& clock, int rounds) {
    const std::int64_t side = placement.on_cpu() ? 1024 : 8192;
    const at::Tensor a = networks::place(at::rand({side, side}), placement);
    const double ms = milliseconds(clock, rounds, [&] { static_cast<void>(at::matmul(a, a)); });
    const auto n = static_cast<double>(side);
    return 2 * n * n * n / ms / 1e9;
}

void print(const std::vector<Row>& rows, double ceiling) {
    std::printf("%-11s %6s %9s %10s %10s %9s %8s %10s\n", "network", "batch", "GFLOP", "eager ms", "graph ms",
                "TFLOP/s", "share", "record ms");
    for (const Row& row : rows) {
        const double best = row.graphed > 0 ? row.graphed : row.eager;
        std::printf("%-11s %6lld %9.2f %10.4f %10.4f %9.1f %7.1f%% %10.0f\n", row.network.c_str(),
                    static_cast<long long>(row.batch), row.gflop, row.eager, row.graphed, row.gflop / best,
                    100 * row.gflop / best / ceiling, row.recording);
    }
}

// Networks per photo at one batch size: the core's once, the front end's as often as it runs them.
void print_sums(const std::vector<Row>& rows, const std::vector<std::int64_t>& batches) {
    for (const std::int64_t batch : batches) {
        double core = 0;
        double front = 0;
        for (const Row& row : rows) {
            if (row.batch != batch) {
                continue;
            }
            const double ms = row.graphed > 0 ? row.graphed : row.eager;
            const bool of_core = row.network == "net_recon" || row.network == "mid_net" ||
                                 row.network == "high_net" || row.network == "UNet";
            (of_core ? core : front) += ms * row.runs;
        }
        std::printf("batch %lld: core networks %.3f ms, front networks %.3f ms, together %.3f ms a photo\n",
                    static_cast<long long>(batch), core, front, core + front);
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Times the networks and compares them with the device's matrix rate."};
    std::string model_directory;
    std::string device = "cuda:0";
    std::string precision = "fp16";
    std::vector<std::int64_t> batches{1, 8, 32, 64};
    int rounds = 20;
    std::string json;
    app.add_option("model", model_directory, "A model directory")->required();
    app.add_option("--device", device, "cpu or cuda:N");
    app.add_option("--precision", precision, "fp32, tf32, fp16 or bf16");
    app.add_option("--batches", batches, "Batch sizes")->delimiter(',');
    app.add_option("--rounds", rounds, "Measurements per figure; the median counts")
        ->check(CLI::Range(1, 1000));
    app.add_option("--json", json, "Write the figures to this file");
    CLI11_PARSE(app, argc, argv);
    try {
        const c10::InferenceMode inference;
        const Placement placement = networks::parse_placement(device, precision);
        networks::apply_precision(placement);
        bench::DeviceClock clock(placement.device);
        const std::vector<Network> all =
            bench::load_networks(model::ModelDirectory(model_directory), placement);
        const double ceiling = matrix_rate(placement, clock, rounds);
        std::printf("%s, %s, median of %d; matrix product %.0f TFLOP/s\n\n", clock.device_name().c_str(),
                    precision.c_str(), rounds, ceiling);
        std::vector<Row> rows;
        for (const Network& network : all) {
            const auto memory = std::make_shared<networks::GraphMemory>();
            GraphedNetwork graphed(network.forward, placement, networks::batch_sizes_up_to(network.largest),
                                   memory);
            for (const std::int64_t batch : batches) {
                rows.push_back(measure(network, batch, placement, clock, rounds, graphed));
            }
        }
        print(rows, ceiling);
        std::printf("\n");
        print_sums(rows, batches);
        if (!json.empty()) {
            nlohmann::ordered_json out{{"device", clock.device_name()},
                                       {"precision", precision},
                                       {"rounds", rounds},
                                       {"matrix_tflops", ceiling}};
            for (const Row& row : rows) {
                out["rows"].push_back({{"network", row.network},
                                       {"batch", row.batch},
                                       {"gflop", row.gflop},
                                       {"eager_ms", row.eager},
                                       {"graph_ms", row.graphed},
                                       {"record_ms", row.recording},
                                       {"runs_per_photo", row.runs}});
            }
            std::ofstream(json) << out.dump(2) << "\n";
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "bench_networks: " << error.what() << "\n";
        return 1;
    }
}
