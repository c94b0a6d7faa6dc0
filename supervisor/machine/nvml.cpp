#include "supervisor/machine/nvml.hpp"

#include <dlfcn.h>

#include <array>
#include <utility>

namespace hrn::supervisor {
namespace {

// NVML's interface as its documentation gives it; only what is used here.
using Result = int;
constexpr Result kSuccess = 0;
constexpr int kTemperatureOfGpu = 0;
struct DeviceHandle;
using Device = DeviceHandle*;
struct Memory {
    unsigned long long total, free, used;
};
struct Utilization {
    unsigned gpu, memory;
};

}  // namespace

struct Nvml::Library {
    ~Library() {
        if (started) {
            shutdown();
        }
        if (handle != nullptr) {
            ::dlclose(handle);
        }
    }
    // false: the library lacks the function.
    template <typename Function>
    bool find(Function& function, const char* name) {
        function = reinterpret_cast<Function>(::dlsym(handle, name));
        return function != nullptr;
    }

    void* handle = nullptr;
    bool started = false;
    Result (*init)() = nullptr;
    Result (*shutdown)() = nullptr;
    Result (*count)(unsigned*) = nullptr;
    Result (*device_at)(unsigned, Device*) = nullptr;
    Result (*uuid)(Device, char*, unsigned) = nullptr;
    Result (*name)(Device, char*, unsigned) = nullptr;
    Result (*memory)(Device, Memory*) = nullptr;
    Result (*utilization)(Device, Utilization*) = nullptr;
    Result (*temperature)(Device, int, unsigned*) = nullptr;
    Result (*power)(Device, unsigned*) = nullptr;  // milliwatts
    // What older drivers may lack.
    Result (*driver)(char*, unsigned) = nullptr;
    Result (*cuda)(int*) = nullptr;
    Result (*capability)(Device, int*, int*) = nullptr;
    Result (*mig_mode)(Device, unsigned* current, unsigned* pending) = nullptr;
    Result (*most_mig)(Device, unsigned*) = nullptr;
    Result (*mig_at)(Device, unsigned, Device*) = nullptr;

    [[nodiscard]] std::vector<std::string> mig_of(Device device) const {
        unsigned current = 0, pending = 0, most = 0;
        std::vector<std::string> found;
        if (mig_mode == nullptr || most_mig == nullptr || mig_at == nullptr ||
            mig_mode(device, &current, &pending) != kSuccess || current == 0 ||
            most_mig(device, &most) != kSuccess) {
            return found;
        }
        for (unsigned i = 0; i < most; ++i) {
            Device instance = nullptr;
            std::array<char, 96> text{};
            if (mig_at(device, i, &instance) == kSuccess &&
                uuid(instance, text.data(), text.size()) == kSuccess) {
                found.emplace_back(text.data());
            }
        }
        return found;
    }
};

Nvml::Nvml(std::unique_ptr<Library> library) : library_(std::move(library)) {}
Nvml::~Nvml() = default;

std::unique_ptr<Nvml> Nvml::open(std::string& error) {
    auto library = std::make_unique<Library>();
    library->handle = ::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library->handle == nullptr) {
        error = ::dlerror();
        return nullptr;
    }
    const bool complete = library->find(library->init, "nvmlInit_v2") &&
                          library->find(library->shutdown, "nvmlShutdown") &&
                          library->find(library->count, "nvmlDeviceGetCount_v2") &&
                          library->find(library->device_at, "nvmlDeviceGetHandleByIndex_v2") &&
                          library->find(library->uuid, "nvmlDeviceGetUUID") &&
                          library->find(library->name, "nvmlDeviceGetName") &&
                          library->find(library->memory, "nvmlDeviceGetMemoryInfo") &&
                          library->find(library->utilization, "nvmlDeviceGetUtilizationRates") &&
                          library->find(library->temperature, "nvmlDeviceGetTemperature") &&
                          library->find(library->power, "nvmlDeviceGetPowerUsage");
    if (!complete) {
        error = "libnvidia-ml.so.1 lacks a function that is needed; the driver is too old";
        return nullptr;
    }
    static_cast<void>(library->find(library->driver, "nvmlSystemGetDriverVersion"));
    static_cast<void>(library->find(library->cuda, "nvmlSystemGetCudaDriverVersion_v2"));
    static_cast<void>(library->find(library->capability, "nvmlDeviceGetCudaComputeCapability"));
    static_cast<void>(library->find(library->mig_mode, "nvmlDeviceGetMigMode"));
    static_cast<void>(library->find(library->most_mig, "nvmlDeviceGetMaxMigDeviceCount"));
    static_cast<void>(library->find(library->mig_at, "nvmlDeviceGetMigDeviceHandleByIndex"));
    if (const Result result = library->init(); result != kSuccess) {
        error = "nvmlInit failed with code " + std::to_string(result);
        return nullptr;
    }
    library->started = true;
    return std::unique_ptr<Nvml>(new Nvml(std::move(library)));
}

std::string Nvml::driver_version() const {
    std::array<char, 96> text{};
    const bool told = library_->driver != nullptr && library_->driver(text.data(), text.size()) == kSuccess;
    return told ? text.data() : "";
}

std::optional<int> Nvml::cuda_version() const {
    int version = 0;
    const bool told = library_->cuda != nullptr && library_->cuda(&version) == kSuccess;
    return told ? std::optional(version) : std::nullopt;
}

std::vector<GpuReading> Nvml::read() const {
    std::vector<GpuReading> readings;
    unsigned count = 0;
    if (library_->count(&count) != kSuccess) {
        return readings;
    }
    for (unsigned i = 0; i < count; ++i) {
        Device device = nullptr;
        std::array<char, 96> uuid{}, name{};
        if (library_->device_at(i, &device) != kSuccess ||
            library_->uuid(device, uuid.data(), uuid.size()) != kSuccess) {
            continue;
        }
        GpuReading reading;
        reading.gpu.index = static_cast<int>(i);
        reading.gpu.uuid = uuid.data();
        if (library_->name(device, name.data(), name.size()) == kSuccess) {
            reading.gpu.name = name.data();
        }
        reading.gpu.mig = library_->mig_of(device);
        if (int major = 0, minor = 0;
            library_->capability != nullptr && library_->capability(device, &major, &minor) == kSuccess) {
            reading.compute_capability = {major, minor};
        }
        if (Memory memory{}; library_->memory(device, &memory) == kSuccess) {
            reading.memory_used_bytes = memory.used;
            reading.memory_total_bytes = memory.total;
        }
        if (Utilization busy{}; library_->utilization(device, &busy) == kSuccess) {
            reading.utilization_percent = busy.gpu;
        }
        if (unsigned celsius = 0; library_->temperature(device, kTemperatureOfGpu, &celsius) == kSuccess) {
            reading.temperature_celsius = celsius;
        }
        if (unsigned milliwatts = 0; library_->power(device, &milliwatts) == kSuccess) {
            reading.power_watts = milliwatts / 1000.0;
        }
        readings.push_back(std::move(reading));
    }
    return readings;
}

}  // namespace hrn::supervisor
