// libnvidia-ml.so.1 as the tests want it. The file that HRN_FAKE_NVML names is read at every call:
//
//   gpu UUID MB CELSIUS NAME…    one GPU, in PCI bus order
//   mig UUID                     the GPU before is divided, and this is one of its instances
//   lost                         the GPU before has fallen off the bus
//   hang                         calls do not return while this line is there
//
// The interface is NVML's as its documentation gives it. One thread calls it.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kSuccess = 0, kInvalid = 2, kNotFound = 6, kTooSmall = 7, kLost = 15;
constexpr std::uintptr_t kInstances = 1000;  // handles: GPU i is i + 1, its instance k is (i + 1) * 1000 + k

struct Gpu {
    std::string uuid, name;
    unsigned long long megabytes = 0;
    unsigned celsius = 0;
    std::vector<std::string> mig;
    bool lost = false;
};
struct Machine {
    std::vector<Gpu> gpus;
    bool hangs = false;
};

Machine read_machine() {
    Machine machine;
    const char* path = std::getenv("HRN_FAKE_NVML");
    std::ifstream file(path != nullptr ? path : "");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word == "gpu") {
            Gpu gpu;
            words >> gpu.uuid >> gpu.megabytes >> gpu.celsius >> std::ws;
            std::getline(words, gpu.name);
            machine.gpus.push_back(gpu);
        } else if (word == "mig" && !machine.gpus.empty()) {
            words >> word;
            machine.gpus.back().mig.push_back(word);
        } else if (word == "lost" && !machine.gpus.empty()) {
            machine.gpus.back().lost = true;
        } else if (word == "hang") {
            machine.hangs = true;
        }
    }
    return machine;
}

Machine machine_now() {
    Machine machine = read_machine();
    while (machine.hangs) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        machine = read_machine();
    }
    return machine;
}

int copy(const std::string& text, char* to, unsigned size) {
    if (text.size() >= size) {
        return kTooSmall;
    }
    std::memcpy(to, text.c_str(), text.size() + 1);
    return kSuccess;
}

// The GPU of a handle; its error if there is none.
int find(void* handle, Gpu& gpu) {
    const Machine machine = machine_now();
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    const std::size_t index = (number >= kInstances ? number / kInstances : number) - 1;
    if (index >= machine.gpus.size()) {
        return kInvalid;
    }
    gpu = machine.gpus[index];
    return gpu.lost ? kLost : kSuccess;
}

struct Memory {
    unsigned long long total, free, used;
};
struct Utilization {
    unsigned gpu, memory;
};

}  // namespace

extern "C" {

int nvmlInit_v2() {
    return kSuccess;
}
int nvmlShutdown() {
    return kSuccess;
}
int nvmlSystemGetDriverVersion(char* text, unsigned size) {
    return copy("999.1", text, size);
}
int nvmlSystemGetCudaDriverVersion_v2(int* version) {
    *version = 13000;
    return kSuccess;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = static_cast<unsigned>(machine_now().gpus.size());
    return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** handle) {
    *handle = reinterpret_cast<void*>(static_cast<std::uintptr_t>(index) + 1);
    Gpu gpu;
    return find(*handle, gpu);
}
int nvmlDeviceGetUUID(void* handle, char* text, unsigned size) {
    Gpu gpu;
    if (const int error = find(handle, gpu); error != kSuccess) {
        return error;
    }
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    return copy(number >= kInstances ? gpu.mig.at(number % kInstances) : gpu.uuid, text, size);
}
int nvmlDeviceGetName(void* handle, char* text, unsigned size) {
    Gpu gpu;
    const int error = find(handle, gpu);
    return error != kSuccess ? error : copy(gpu.name, text, size);
}
int nvmlDeviceGetMemoryInfo(void* handle, Memory* memory) {
    Gpu gpu;
    const int error = find(handle, gpu);
    memory->total = gpu.megabytes << 20;
    memory->used = memory->total / 4;
    memory->free = memory->total - memory->used;
    return error;
}
int nvmlDeviceGetUtilizationRates(void* handle, Utilization* utilization) {
    Gpu gpu;
    utilization->gpu = 42;
    utilization->memory = 7;
    return find(handle, gpu);
}
int nvmlDeviceGetTemperature(void* handle, int, unsigned* celsius) {
    Gpu gpu;
    const int error = find(handle, gpu);
    *celsius = gpu.celsius;
    return error;
}
int nvmlDeviceGetPowerUsage(void* handle, unsigned* milliwatts) {
    Gpu gpu;
    *milliwatts = 250'500;
    return find(handle, gpu);
}
int nvmlDeviceGetCudaComputeCapability(void* handle, int* major, int* minor) {
    Gpu gpu;
    *major = 9;
    *minor = 0;
    return find(handle, gpu);
}
int nvmlDeviceGetMigMode(void* handle, unsigned* current, unsigned* pending) {
    Gpu gpu;
    const int error = find(handle, gpu);
    *current = *pending = gpu.mig.empty() ? 0 : 1;
    return error;
}
int nvmlDeviceGetMaxMigDeviceCount(void* handle, unsigned* count) {
    Gpu gpu;
    *count = 7;
    return find(handle, gpu);
}
int nvmlDeviceGetMigDeviceHandleByIndex(void* handle, unsigned index, void** instance) {
    Gpu gpu;
    if (const int error = find(handle, gpu); error != kSuccess) {
        return error;
    }
    if (index >= gpu.mig.size()) {
        return kNotFound;
    }
    *instance = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(handle) * kInstances + index);
    return kSuccess;
}

}  // extern "C"
