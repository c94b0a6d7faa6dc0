#include "worker/runtime/hrn/self_tuning.hpp"

#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "shared/log.hpp"
#include "worker/hrn/networks/matrix_rate.hpp"
#include "worker/model/array.hpp"
#include "worker/runtime/hrn/batch_choice.hpp"
#include "worker/runtime/hrn/precision_choice.hpp"
#include "worker/runtime/hrn/synthetic_faces.hpp"
#include "worker/runtime/work.hpp"

namespace hrn::runtime {

namespace {

constexpr int kCheckedFaces = 2;
constexpr int kTimedRuns = 3;
constexpr int kMatrixSide = 4096;

void report(const std::string& line) {
    log::info(line);
}

// Does the device compute this? A format that its libraries refuse is no candidate; a device that answers
// nothing more, and a model that cannot be read, are the loader's trouble.
bool computes(TorchDevice& device, const std::string& precision, const std::function<void()>& body) {
    try {
        device.run(body);
        return true;
    } catch (const DeviceFatal&) {
        throw;
    } catch (const model::ModelError&) {
        throw;
    } catch (const std::runtime_error& error) {
        if (precision == "fp32") {
            throw;
        }
        report("precision auto: " + precision + " does not run here: " + error.what());
        return false;
    }
}

std::vector<std::string> candidates(TorchDevice& device) {
    std::vector<MatrixRate> rates;
    for (const char* precision : {"fp16", "bf16", "tf32", "fp32"}) {
        const auto placement = networks::parse_placement(device.torch_name(), precision);
        double rate = 0;
        if (computes(device, precision, [&] { rate = networks::matrix_tflops(placement, kMatrixSide); })) {
            rates.push_back({precision, rate});
        }
    }
    return by_speed(std::move(rates));
}

std::optional<std::vector<Reconstruction>> reconstructed(core::Core& core) {
    std::vector<Reconstruction> faces;
    for (core::CoreResult& result : core.run(synthetic_faces(kCheckedFaces))) {
        if (!result.face) {
            return std::nullopt;
        }
        faces.push_back(std::move(*result.face));
    }
    return faces;
}

// The quickest of a few runs, after one that records and allocates.
double seconds_of(core::Core& core, int batch) {
    const std::vector<AlignedFace> faces = synthetic_faces(batch);
    static_cast<void>(core.run(faces));
    double best = 0;
    for (int i = 0; i < kTimedRuns; ++i) {
        const auto start = std::chrono::steady_clock::now();
        static_cast<void>(core.run(faces));
        const double taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        best = i == 0 ? taken : std::min(best, taken);
    }
    return best;
}

}  // namespace

SelfTuning::SelfTuning(TorchDevice& device, const std::string& model_id)
    : device_(device),
      memory_(device.is_cpu() ? std::filesystem::path() : tuning_folder(), device.name(), model_id,
              TORCH_VERSION),
      tuning_(memory_.recall()) {}

void SelfTuning::keep() {
    if (const auto problem = memory_.keep(tuning_)) {
        log::warning(*problem);
    }
}

SelfTuning::LoadedCore SelfTuning::core_of_best_precision(const LoadCore& load) {
    if (device_.is_cpu() || !tuning_.precision.empty()) {
        const std::string precision = device_.is_cpu() ? "fp32" : tuning_.precision;
        return {load(precision), precision};
    }
    LoadedCore loaded;
    // One core at a time: the next takes the memory of the last.
    const Reconstruct reconstruct = [&](const std::string& precision) {
        loaded.core.reset();
        std::optional<std::vector<Reconstruction>> faces;
        computes(device_, precision, [&] {
            loaded = {load(precision), precision};
            faces = reconstructed(*loaded.core);
        });
        return faces;
    };
    const std::string chosen = fastest_within_bounds(candidates(device_), reconstruct, report);
    if (loaded.core == nullptr || loaded.precision != chosen) {
        loaded.core.reset();
        loaded = {load(chosen), chosen};
    }
    tuning_.precision = chosen;
    keep();
    return loaded;
}

int SelfTuning::best_batch_size(core::Core& core) {
    if (device_.is_cpu()) {
        return 1;
    }
    if (tuning_.batch_size == 0) {
        const TimeBatch seconds = [&](int batch) {
            double taken = 0;
            device_.run([&] { taken = seconds_of(core, batch); });
            return taken;
        };
        tuning_.batch_size = best_batch(seconds, largest_automatic_batch, report);
        keep();
    }
    return tuning_.batch_size;
}

}  // namespace hrn::runtime
