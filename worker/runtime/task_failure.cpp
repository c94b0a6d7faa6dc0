#include "worker/runtime/task_failure.hpp"

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace hrn::runtime {

namespace {

bool is_disk_trouble(int error) {
    return error == ENOSPC || error == EDQUOT || error == EROFS || error == EIO;
}

}  // namespace

TaskFailed::TaskFailed(TaskFailure failure)
    : std::runtime_error(failure.message), failure_(std::move(failure)) {}

TaskFailed::TaskFailed(ErrorCode code, const std::string& message, int error_number)
    : TaskFailed(TaskFailure{code, message, error_number, Stage::none}) {}

TaskFailure failure_of_current_exception(Stage stage) {
    try {
        throw;
    } catch (const TaskFailed& failed) {
        TaskFailure failure = failed.failure();
        failure.stage = stage;
        return failure;
    } catch (const std::bad_alloc&) {
        return {ErrorCode::out_of_memory, "the worker could not get enough memory for this image", ENOMEM,
                stage};
    } catch (const DeviceOutOfMemory& error) {
        return {ErrorCode::out_of_memory, error.what(), 0, stage};
    } catch (const DeviceFatal& error) {
        return {ErrorCode::device_error, error.what(), 0, stage};
    } catch (const std::system_error& error) {
        const int number = error.code().value();
        const bool disk = stage == Stage::write && is_disk_trouble(number);
        return {disk ? ErrorCode::disk_full : ErrorCode::io_error, error.what(), number, stage};
    } catch (const std::exception& error) {
        return {ErrorCode::internal_error, error.what(), 0, stage};
    } catch (...) {
        return {ErrorCode::internal_error, "the worker met an error of an unknown type", 0, stage};
    }
}

}  // namespace hrn::runtime
