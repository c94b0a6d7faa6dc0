// How one task fails inside a worker: a code of the closed list (design.md 8) with what the operator needs.
// Travels as a value from the stage where it happened to the report.
//
// Work may throw TaskFailed for an image that is at fault, and the two Device... exceptions for the device;
// everything else that is thrown is translated by failure_of_current_exception(). Any thread.
#pragma once

#include <stdexcept>
#include <string>

#include "shared/error_code.hpp"
#include "shared/stage.hpp"

namespace hrn::runtime {

struct TaskFailure {
    ErrorCode code = ErrorCode::internal_error;
    std::string message;   // one line for the operator
    int error_number = 0;  // errno behind it, 0 if none
    Stage stage = Stage::none;
};

// The failure of one task as an exception; the other tasks go on.
class TaskFailed : public std::runtime_error {
public:
    explicit TaskFailed(TaskFailure failure);
    TaskFailed(ErrorCode code, const std::string& message, int error_number = 0);
    [[nodiscard]] const TaskFailure& failure() const noexcept { return failure_; }

private:
    TaskFailure failure_;
};

// A batch did not fit into the device's memory. The device is well: a smaller batch may fit.
class DeviceOutOfMemory : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The device will answer nothing more to this process (a sticky error): only a restart helps.
class DeviceFatal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Call in a catch block. What was thrown while a task was in `stage`, as a failure of that task:
// TaskFailed: its own; std::bad_alloc and DeviceOutOfMemory: out_of_memory; DeviceFatal: device_error;
// fs::FsError and other system errors: disk_full for ENOSPC, EDQUOT, EROFS and EIO while writing, else
// io_error; anything else: internal_error with its text.
[[nodiscard]] TaskFailure failure_of_current_exception(Stage stage);

}  // namespace hrn::runtime
