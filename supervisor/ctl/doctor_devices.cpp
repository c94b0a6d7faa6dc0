// The doctor on driver, GPUs and what this build can do with them.
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "supervisor/ctl/doctor.hpp"
#include "supervisor/ctl/helper_program.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/machine/nvml.hpp"
#include "supervisor/machine/worker_program.hpp"

namespace hrn::ctl {
namespace {

using supervisor::GpuReading;
using supervisor::Nvml;

constexpr auto kNvmlPatience = std::chrono::seconds(15);
constexpr auto kAboutPatience = std::chrono::seconds(120);  // CUDA's first use reads a gigabyte of libraries

struct NvmlAnswer {
    std::string error;  // why there is none
    std::string driver;
    std::optional<int> cuda;
    std::vector<GpuReading> gpus;
};

NvmlAnswer read_nvml() {
    NvmlAnswer answer;
    if (const auto nvml = Nvml::open(answer.error)) {
        answer.driver = nvml->driver_version();
        answer.cuda = nvml->cuda_version();
        answer.gpus = nvml->read();
    }
    return answer;
}

// NVML hangs when a GPU has fallen off the bus: asked by a thread that is left behind then.
std::optional<NvmlAnswer> ask_nvml() {
    struct Shared {
        std::mutex mutex;
        std::condition_variable changed;
        std::optional<NvmlAnswer> answer;
    };
    const auto shared = std::make_shared<Shared>();
    std::thread([shared] {
        NvmlAnswer answer = read_nvml();
        const std::lock_guard lock(shared->mutex);
        shared->answer = std::move(answer);
        shared->changed.notify_all();
    }).detach();
    std::unique_lock lock(shared->mutex);
    shared->changed.wait_for(lock, kNvmlPatience, [&] { return shared->answer.has_value(); });
    return shared->answer;
}

std::string cuda_text(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

bool names_gpus(const Config& config) {
    const auto& devices = config.workers.devices;
    return std::any_of(devices.begin(), devices.end(),
                       [](const std::string& name) { return name != "cpu" && name != "auto"; });
}

bool wants_gpus(const Config& config, std::size_t there) {
    const auto& devices = config.workers.devices;
    return names_gpus(config) ||
           (there > 0 && std::find(devices.begin(), devices.end(), "auto") != devices.end());
}

void report_gpu(const GpuReading& gpu, Findings& findings) {
    const std::string check = "GPU " + std::to_string(gpu.gpu.index);
    std::string text = gpu.gpu.name + ", " + gpu.gpu.uuid;
    constexpr std::uint64_t kMegabyte = 1024 * 1024;
    if (gpu.memory_total_bytes) {
        text += ", " + std::to_string(*gpu.memory_total_bytes / kMegabyte) + " MB";
    }
    if (gpu.memory_used_bytes) {
        text += " (" + std::to_string(*gpu.memory_used_bytes / kMegabyte) + " used)";
    }
    if (gpu.compute_capability) {
        text += ", compute capability " + std::to_string(gpu.compute_capability->first) + "." +
                std::to_string(gpu.compute_capability->second);
    }
    if (gpu.temperature_celsius) {
        text += ", " + std::to_string(*gpu.temperature_celsius) + " C";
    }
    for (const std::string& instance : gpu.gpu.mig) {
        text += ", " + instance;
    }
    findings.ok(check, text);
}

// The number of GPUs that there are.
std::size_t check_driver(const Config& config, Findings& findings) {
    const auto answer = ask_nvml();
    if (!answer) {
        findings.error("NVML", "the driver has not answered for 15 s: a GPU may have fallen off the bus",
                       "look at the kernel's log (Xid), then restart the machine");
        return 0;
    }
    if (!answer->error.empty()) {
        const bool loaded = ::access("/proc/driver/nvidia/version", F_OK) == 0;
        if (loaded) {
            findings.error("NVML", answer->error,
                           "the driver's module is loaded, but its library does not fit: "
                           "install both of one version, or restart the machine");
        } else if (names_gpus(config)) {
            findings.error("driver", "there is no NVIDIA driver, but workers.devices names GPUs",
                           "install nvidia-driver until nvidia-smi lists the GPUs");
        } else {
            findings.warn("driver", "there is no NVIDIA driver: images are computed on the CPU, slowly",
                          "with a GPU: install nvidia-driver until nvidia-smi lists it");
        }
        return 0;
    }
    findings.ok("driver", "NVIDIA " + (answer->driver.empty() ? "of an unknown version" : answer->driver) +
                              (answer->cuda ? ", up to CUDA " + cuda_text(*answer->cuda) : std::string()));
    for (const GpuReading& gpu : answer->gpus) {
        report_gpu(gpu, findings);
    }
    if (answer->gpus.empty()) {
        findings.warn("GPUs", "the driver lists none that answers", "nvidia-smi, and the kernel's log");
    }
    return answer->gpus.size();
}

void report_usable(const nlohmann::json& about, Findings& findings) {
    for (const nlohmann::json& device : list_at(about, "devices")) {
        const std::string check = "computing on " + text_at(device, "name");
        if (device.value("usable", nlohmann::json()) == true) {
            findings.ok(check, "this build can use it (compute capability " +
                                   text_at(device, "compute_capability") + ")");
        } else {
            findings.error(check, text_at(device, "problem"),
                           "build with a LibTorch whose kernels cover this GPU, or update the driver");
        }
    }
}

void report_about(const nlohmann::json& about, bool gpus_wanted, Findings& findings) {
    const std::string cuda = text_at(about, "cuda");
    const std::string torch = text_at(about, "torch");
    findings.ok("LibTorch", torch + ", OpenCV " + text_at(about, "opencv"));
    if (cuda == "-") {
        if (gpus_wanted) {
            findings.error("CUDA",
                           "LibTorch " + torch + " of this build is for the CPU: its workers find no GPU",
                           "build with a CUDA LibTorch (docs/install.md), or workers.devices = [\"cpu\"]");
        } else {
            findings.ok("CUDA", "not in this build; none is needed");
        }
        return;
    }
    if (const std::string problem = text_at(about, "cuda_error"); problem != "-") {
        if (gpus_wanted) {
            findings.error("CUDA", "CUDA " + cuda + ": " + problem,
                           "nvidia-smi; the driver must be new enough for CUDA " + cuda);
        } else {
            findings.ok("CUDA", cuda + "; no GPU is used");
        }
        return;
    }
    findings.ok("CUDA", cuda);
    report_usable(about, findings);
}

}  // namespace

void check_devices(const Config& config, Findings& findings) {
    const std::size_t gpus = check_driver(config, findings);
    std::string error;
    const supervisor::WorkerProgram program = supervisor::find_worker_program(config);
    if (program.path.empty()) {
        findings.error("worker program", program.error, "install it, or set workers.program");
        return;
    }
    findings.ok("worker program", program.path);
    if (config.model.kind == "simulated") {
        return;  // it knows no LibTorch and needs no GPU
    }
    try {
        const HelperAnswer answer = run_helper(program.path, {"--about"}, kAboutPatience);
        const nlohmann::json about = nlohmann::json::parse(answer.out, nullptr, false);
        if (about.is_object()) {
            report_about(about, wants_gpus(config, gpus), findings);
            return;
        }
        error = answer.err.empty() ? "it ended with " + std::to_string(answer.status) : answer.err;
    } catch (const std::exception& failure) {
        error = failure.what();
    }
    findings.error("LibTorch", program.path + " --about: " + error,
                   "ldd " + program.path + " shows a library that is missing");
}

}  // namespace hrn::ctl
