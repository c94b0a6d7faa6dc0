// Does an image's result depend on the batch that it comes in? Every network is given the same pictures in
// batches of 1, 2, 4, … and at every place of them, again and again, alone and while other threads keep the
// device busy with networks of their own.
//
//   bench_bits MODEL_DIR [--device cuda:0] [--precision fp16] [--repeats N]
//
// Per network and batch size: how far the numbers lie from those of batches of eight (0: the same bits), and
// whether the size's own numbers repeat at another place and under load. They must: a size whose numbers do
// not repeat means a race, and the program ends with status 1. Another size may be another algorithm of a
// library, with other last bits.
#include <ATen/ops/rand.h>
#include <c10/core/InferenceMode.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/network_list.hpp"
#include "worker/hrn/networks/layers.hpp"
#ifdef HRN_WITH_CUDA
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace {

using namespace hrn;
using bench::Network;
using networks::GraphedNetwork;
using networks::Placement;
using Tensors = std::vector<at::Tensor>;

constexpr std::int64_t most = 32;
constexpr std::int64_t reference = 8;

at::Tensor pictures(const Network& network, const Placement& placement) {
    std::vector<std::int64_t> shape = network.image;
    shape.insert(shape.begin(), most);
    return networks::place(at::rand(shape), placement);
}

bool same_bits(const Tensors& a, const Tensors& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!a[i].equal(b[i])) {
            return false;
        }
    }
    return a.size() == b.size();
}

double distance(const Tensors& a, const Tensors& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest =
            std::max(largest, a[i].to(c10::kDouble).sub(b[i].to(c10::kDouble)).abs().max().item<double>());
    }
    return largest;
}

// The pictures moved on by `places`, computed, and moved back.
Tensors moved(GraphedNetwork& graphed, const at::Tensor& x, std::int64_t places) {
    Tensors out = graphed(x.roll(places, 0).contiguous(x.suggest_memory_format()));
    for (at::Tensor& numbers : out) {
        numbers = numbers.roll(-places, 0);
    }
    return out;
}

// Keeps the device busy with one network on a stream of its own until it is destroyed.
class Load {
public:
    Load(const Network& network, const Placement& placement) {
        thread_ = std::thread([this, &network, placement] {
            const c10::InferenceMode inference;
#ifdef HRN_WITH_CUDA
            const c10::cuda::CUDAStreamGuard aside(
                c10::cuda::getStreamFromPool(true, placement.device.index()));
#endif
            GraphedNetwork graphed(network.forward, placement, {4},
                                   std::make_shared<networks::GraphMemory>());
            const at::Tensor x = pictures(network, placement).narrow(0, 0, 4);
            while (!leaving_) {
                static_cast<void>(graphed.first(x).sum().item<float>());
                busy_ = true;
            }
        });
        while (!busy_) {
            std::this_thread::yield();
        }
    }
    ~Load() {
        leaving_ = true;
        thread_.join();
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

private:
    std::atomic<bool> leaving_{false};
    std::atomic<bool> busy_{false};
    std::thread thread_;
};

struct Sums {
    int races = 0;
};

// One network at one batch size; `want` is what batches of the reference's size gave, or empty.
Tensors examine(const Network& network, std::int64_t size, const at::Tensor& x, const Tensors& want,
                const Placement& placement, const Network& other, int repeats, Sums& sums) {
    GraphedNetwork graphed(network.forward, placement, {size}, std::make_shared<networks::GraphMemory>());
    const Tensors first = graphed(x);
    int differ_alone = 0;
    int differ_moved = 0;
    int differ_under_load = 0;
    for (int i = 0; i < repeats; ++i) {
        differ_alone += same_bits(graphed(x), first) ? 0 : 1;
        differ_moved += same_bits(moved(graphed, x, 1 + i % (most - 1)), first) ? 0 : 1;
    }
    {
        const Load load(other, placement);
        for (int i = 0; i < repeats; ++i) {
            differ_under_load += same_bits(moved(graphed, x, i % most), first) ? 0 : 1;
        }
    }
    sums.races += differ_alone + differ_under_load + differ_moved;
    std::printf("%-11s %6lld %14.3g %9d %9d %9d\n", network.name.c_str(), static_cast<long long>(size),
                want.empty() ? 0.0 : distance(first, want), differ_alone, differ_moved, differ_under_load);
    std::fflush(stdout);
    return first;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Whether an image's numbers depend on the batch it comes in."};
    std::string model_directory;
    std::string device = "cuda:0";
    std::string precision = "fp16";
    int repeats = 20;
    app.add_option("model", model_directory, "A model directory")->required();
    app.add_option("--device", device, "cpu or cuda:N")->capture_default_str();
    app.add_option("--precision", precision, "fp32, tf32, fp16 or bf16")->capture_default_str();
    app.add_option("--repeats", repeats, "Times that each size is run, in each of three ways")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        const c10::InferenceMode inference;
        const Placement placement = networks::parse_placement(device, precision);
        networks::apply_precision(placement);
        const std::vector<Network> all =
            bench::load_networks(model::ModelDirectory(model_directory), placement);
#ifdef HRN_WITH_CUDA
        c10::cuda::device_synchronize();
#endif
        std::printf("%s, %s; runs of %d that did not repeat the size's first\n", device.c_str(),
                    precision.c_str(), repeats);
        std::printf("%-11s %6s %14s %9s %9s %9s\n", "network", "batch", "from batch 8", "again", "moved",
                    "busy");
        Sums sums;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Network& other = all[(i + 1) % all.size()];
            const at::Tensor x = pictures(all[i], placement);
            const Tensors want = examine(all[i], reference, x, {}, placement, other, repeats, sums);
            for (std::int64_t size = 1; size <= std::min(most, all[i].largest); size *= 2) {
                if (size != reference) {
                    static_cast<void>(examine(all[i], size, x, want, placement, other, repeats, sums));
                }
            }
        }
        return sums.races == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "bench_bits: " << error.what() << "\n";
        return 1;
    }
}
