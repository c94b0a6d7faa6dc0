// How many images a second can one GPU compute, when everything else is as fast as can be? The front end's
// networks and the core at the same time, as a worker runs them: batches of made-up pictures through the
// chain of networks by several threads, one portrait in full batches through the core by another.
//
//   bench_device MODEL_DIR GOLDEN_CORE_FOLDER [--device cuda:0] [--precision fp16] [--batch 32] [--rounds N]
//                [--threads N] [--json FILE]
//
// First each alone, then both together; ms an image by the clock. No photo is decoded, no file written.
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/core_portrait.hpp"
#include "tests/bench/device_clock.hpp"
#include "worker/hrn/core/core.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/official_networks.hpp"
#include "worker/hrn/networks/placement.hpp"
#include "worker/model/model_directory.hpp"

namespace {

using namespace hrn;

struct Arguments {
    std::string model, golden, device = "cuda:0", precision = "fp16", json;
    int batch = 32;
    int rounds = 60;
    int threads = 3;  // of the front end
};

front::NetworkInputs noise(int side, int batch) {
    front::NetworkInputs inputs;
    for (int i = 0; i < batch; ++i) {
        cv::Mat picture(side, side, CV_8UC3);
        cv::RNG(static_cast<std::uint64_t>(i) + 1).fill(picture, cv::RNG::UNIFORM, 0, 256);
        inputs.push_back({picture, 0, 0});
    }
    return inputs;
}

// The networks that a photo goes through, in their order.
class Chain {
public:
    Chain(const front::OfficialNetworks& networks, int batch)
        : networks_(networks),
          retina_(noise(front::retina_side, batch)),
          points_(noise(front::crop_106_side, batch)),
          s3fd_(noise(front::crop_a_side, batch)),
          fan_(noise(front::fan_side, batch)) {}

    void run() const {
        detect();
        static_cast<void>(networks_.s3fd(s3fd_));
        static_cast<void>(networks_.heat_maps(fan_));
        detect();
    }

private:
    void detect() const {
        static_cast<void>(networks_.retina(retina_, /*landmarks=*/false));
        static_cast<void>(networks_.logits_106(points_));
        static_cast<void>(networks_.logits_106(points_));
    }

    const front::OfficialNetworks& networks_;
    front::NetworkInputs retina_, points_, s3fd_, fan_;
};

// So many rounds of the chain and of the core, shared out among the threads; seconds until all are done.
double seconds_of(const Chain& chain, core::Core& core, const std::vector<AlignedFace>& faces, int chains,
                  int cores, int threads) {
    std::atomic<int> left{chains};
    std::exception_ptr trouble;
    std::atomic_flag troubled = ATOMIC_FLAG_INIT;
    const auto guarded = [&](const auto& body) {
        try {
            body();
        } catch (...) {
            if (!troubled.test_and_set()) {
                trouble = std::current_exception();
            }
        }
    };
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&] {
            guarded([&] {
                while (left-- > 0) {
                    chain.run();
                }
            });
        });
    }
    guarded([&] {
        for (int i = 0; i < cores; ++i) {
            static_cast<void>(core.run(faces));
        }
    });
    for (std::thread& thread : running) {
        thread.join();
    }
    if (trouble) {
        std::rethrow_exception(trouble);
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int run(const Arguments& arguments) {
    const model::ModelDirectory directory(arguments.model);
    core::Core core(directory, {arguments.device, arguments.precision, 8, /*dense=*/false});
    const auto networks = front::load_official_networks(directory, arguments.device, arguments.precision);
    const std::vector<AlignedFace> faces(static_cast<std::size_t>(arguments.batch),
                                         bench::core_portrait(arguments.golden));
    const Chain chain(*networks, arguments.batch);
    static_cast<void>(seconds_of(chain, core, faces, 4, 4, arguments.threads));  // records and warms up
    const auto ms_an_image = [&](int chains, int cores) {
        const double seconds = seconds_of(chain, core, faces, chains, cores, arguments.threads);
        return 1000 * seconds / (arguments.rounds * arguments.batch);
    };
    const double front = ms_an_image(arguments.rounds, 0);
    const double alone = ms_an_image(0, arguments.rounds);
    const double together = ms_an_image(arguments.rounds, arguments.rounds);
    const std::string device =
        bench::DeviceClock(networks::parse_placement(arguments.device, arguments.precision).device)
            .device_name();
    std::printf("%s, %s, batch %d, %d rounds, %d threads of the front end, ms an image by the clock\n",
                device.c_str(), arguments.precision.c_str(), arguments.batch, arguments.rounds,
                arguments.threads);
    std::printf(
        "front end's networks alone %8.3f\ncore alone                 %8.3f\nboth at once               "
        "%8.3f   %.0f images/s\n",
        front, alone, together, 1000 / together);
    if (!arguments.json.empty()) {
        const nlohmann::json report = {
            {"device", device},           {"precision", arguments.precision}, {"batch", arguments.batch},
            {"rounds", arguments.rounds}, {"threads", arguments.threads},     {"front_ms", front},
            {"core_ms", alone},           {"together_ms", together}};
        if (!(std::ofstream(arguments.json) << report.dump(2) << '\n')) {
            throw std::runtime_error("cannot write " + arguments.json);
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Images a second that a GPU alone can compute");
    app.add_option("model", arguments.model, "model directory")->required();
    app.add_option("golden", arguments.golden, "folder of golden core arrays: its portrait is run")
        ->required();
    app.add_option("--device", arguments.device, "cuda:N or cpu")->capture_default_str();
    app.add_option("--precision", arguments.precision, "fp32, tf32, fp16 or bf16")->capture_default_str();
    app.add_option("--batch", arguments.batch, "images at once")->check(CLI::Range(1, 64));
    app.add_option("--rounds", arguments.rounds, "batches")->check(CLI::Range(1, 100000));
    app.add_option("--threads", arguments.threads, "batches of the front end at a time")
        ->check(CLI::Range(1, 64));
    app.add_option("--json", arguments.json, "write the figures here");
    CLI11_PARSE(app, argc, argv);
    try {
        return run(arguments);
    } catch (const std::exception& error) {
        std::cerr << "bench_device: " << error.what() << '\n';
        return 1;
    }
}
