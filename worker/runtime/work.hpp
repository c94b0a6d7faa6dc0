// What a worker does with an image, seen from its process side: load once, then decode, infer and write.
// hrn-worker's is worker/runtime/hrn (the networks), hrn-worker-sim's worker/runtime/sim (nothing). All that
// is about processes, threads, rings, files and deaths is outside and the same for both.
//
// Owned by main through run_worker(). Threads: cannot_load_yet() and load() on the first infer thread only;
// after load() has returned infer() on Loaded::lanes infer threads at once, decode() on any number of decode
// threads and write() on any number of write threads; device_bytes() on the main thread, after load(). A
// Prepared or Computed belongs to one thread at a time.
//
// Failures: see each function. Whatever else is thrown fails the task (or, from load, the worker) and nothing
// more: nothing thrown by a Work may leave the runtime.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "shared/stage.hpp"
#include "shared/task_id.hpp"
#include "shared/worker_launch.hpp"
#include "worker/runtime/task_failure.hpp"

namespace hrn::runtime {

// One order with its file read into memory.
struct TaskInput {
    TaskId id;
    std::uint32_t attempt = 1;     // 1 for the first
    std::string source;            // path below incoming/ as it was dropped; bytes, not text
    std::vector<std::byte> image;  // the file, or its first Work::image_bytes_needed() bytes
};

// A task between decode and infer, and between infer and write.
class Prepared {
public:
    virtual ~Prepared() = default;
};
class Computed {
public:
    virtual ~Computed() = default;
};
using Outcome = std::variant<std::unique_ptr<Computed>, TaskFailure>;

// What write() may say about the run in result.json. Seconds are time in a stage, not waiting for it.
struct TaskFacts {
    TaskId id;
    std::uint32_t attempt = 1;
    std::string source;
    std::array<double, kStageCount> stage_seconds{};  // indexed by Stage; infer: of the whole batch
    std::uint32_t batch = 1;                          // images in its batch
};

struct OutputFile {
    std::string folder;  // "" or "face_2" … "face_99"
    std::string name;    // one of kOutputFiles
    std::string bytes;
};
struct Outputs {
    std::vector<OutputFile> files;  // in the order in which they are to be written
    int faces = 1;                  // found in the photo
};

// The worker cannot do its work at all and exits with `status`.
class LoadFailed : public std::runtime_error {
public:
    LoadFailed(WorkerExit status, ErrorCode code, const std::string& message)
        : std::runtime_error(message), status_(status), code_(code) {}
    [[nodiscard]] WorkerExit status() const noexcept { return status_; }
    [[nodiscard]] ErrorCode code() const noexcept { return code_; }

private:
    WorkerExit status_;
    ErrorCode code_;
};

struct Loaded {
    std::string ready_json;  // one line about device, precision, front end, model; under 280 bytes
    int batch_size = 1;      // the most images that a call of infer() wants
    int lanes = 1;           // calls of infer() that may run at once, each with a batch of its own
};

// Called between the steps of a long stage: it tells the supervisor that the thread is alive.
using Step = std::function<void()>;

class Work {
public:
    virtual ~Work() = default;

    // Why loading has to wait (not enough free device memory), asked again every second; nothing: load now.
    [[nodiscard]] virtual std::optional<std::string> cannot_load_yet() { return std::nullopt; }
    // Everything that must happen once, warm-up included. Throws LoadFailed.
    [[nodiscard]] virtual Loaded load() = 0;

    // How much of an image file decode() looks at.
    [[nodiscard]] virtual std::size_t image_bytes_needed() const { return ~std::size_t{0}; }
    // All work on one image that needs no device; never null. Throws TaskFailed for what is the image's
    // fault.
    [[nodiscard]] virtual std::unique_ptr<Prepared> decode(TaskInput input) = 0;
    // One outcome per item, in order; the device has finished when it returns. May be given an item a second
    // time if a call that held it threw. Throws DeviceOutOfMemory or DeviceFatal for the batch.
    [[nodiscard]] virtual std::vector<Outcome> infer(std::span<Prepared* const> batch, const Step& step) = 0;
    // The files of one result, result.json among them. Throws TaskFailed.
    [[nodiscard]] virtual Outputs write(Computed& computed, const TaskFacts& facts) = 0;

    // Device memory in use by this process; 0 if unknown.
    [[nodiscard]] virtual std::uint64_t device_bytes() { return 0; }
};

}  // namespace hrn::runtime
