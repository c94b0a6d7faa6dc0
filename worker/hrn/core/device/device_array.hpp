// Device memory that is owned by one place, and the error of a CUDA call that failed.
//
// Any thread, one at a time; the device that was current when it was made must be current when it is used.
// DeviceError: the device or its driver failed, or its memory is full; the text names the call's purpose.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hrn::core {

class DeviceError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline void check_device(cudaError_t error, const char* purpose) {
    if (error != cudaSuccess) {
        throw DeviceError(std::string("the device failed while ") + purpose + ": " +
                          cudaGetErrorString(error));
    }
}

template <typename T>
class DeviceArray {
public:
    DeviceArray() = default;
    explicit DeviceArray(std::size_t count) : count_(count) {
        if (count > 0) {
            check_device(cudaMalloc(reinterpret_cast<void**>(&data_), count * sizeof(T)),
                         "reserving its memory");
        }
    }
    explicit DeviceArray(std::span<const T> values) : DeviceArray(values.size()) {
        if (!values.empty()) {
            check_device(cudaMemcpy(data_, values.data(), values.size_bytes(), cudaMemcpyHostToDevice),
                         "receiving data");
        }
    }
    ~DeviceArray() {
        // What fails here has failed before and was reported then.
        static_cast<void>(cudaFree(data_));
    }
    DeviceArray(DeviceArray&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
    DeviceArray& operator=(DeviceArray&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(count_, other.count_);
        return *this;
    }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;

    [[nodiscard]] T* data() const { return data_; }
    [[nodiscard]] std::size_t size() const { return count_; }
    // Waits for the default stream.
    [[nodiscard]] std::vector<T> download() const {
        std::vector<T> values(count_);
        check_device(cudaMemcpy(values.data(), data_, count_ * sizeof(T), cudaMemcpyDeviceToHost),
                     "giving back data");
        return values;
    }

private:
    T* data_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace hrn::core
