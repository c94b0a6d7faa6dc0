#include "worker/runtime/task_failure.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <new>

#include "shared/fs.hpp"

namespace hrn::runtime {
namespace {

struct Case {
    const char* name;
    std::function<void()> thrower;
    Stage stage;
    ErrorCode code;
    int error_number;
};

class FailureOfException : public ::testing::TestWithParam<Case> {};

TEST_P(FailureOfException, HasTheCodeOfWhatWasThrown) {
    try {
        GetParam().thrower();
        FAIL() << "nothing was thrown";
    } catch (...) {
        const TaskFailure failure = failure_of_current_exception(GetParam().stage);
        EXPECT_EQ(failure.code, GetParam().code);
        EXPECT_EQ(failure.error_number, GetParam().error_number);
        EXPECT_EQ(failure.stage, GetParam().stage);
        EXPECT_FALSE(failure.message.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, FailureOfException,
    ::testing::Values(
        Case{"OfTheTask", [] { throw TaskFailed(ErrorCode::no_face, "nobody", 5); }, Stage::decode,
             ErrorCode::no_face, 5},
        Case{"NoMemory", [] { throw std::bad_alloc(); }, Stage::decode, ErrorCode::out_of_memory, ENOMEM},
        Case{"NoDeviceMemory", [] { throw DeviceOutOfMemory("x"); }, Stage::infer, ErrorCode::out_of_memory,
             0},
        Case{"DeviceLost", [] { throw DeviceFatal("x"); }, Stage::infer, ErrorCode::device_error, 0},
        Case{"DiskFull", [] { throw fs::FsError(ENOSPC, "write"); }, Stage::write, ErrorCode::disk_full,
             ENOSPC},
        Case{"Quota", [] { throw fs::FsError(EDQUOT, "write"); }, Stage::write, ErrorCode::disk_full, EDQUOT},
        Case{"ReadOnly", [] { throw fs::FsError(EROFS, "mkdirat"); }, Stage::write, ErrorCode::disk_full,
             EROFS},
        Case{"DiskBroken", [] { throw fs::FsError(EIO, "fsync"); }, Stage::write, ErrorCode::disk_full, EIO},
        Case{"NotAllowedToWrite", [] { throw fs::FsError(EACCES, "openat"); }, Stage::write,
             ErrorCode::io_error, EACCES},
        Case{"SpoolBroken", [] { throw fs::FsError(EIO, "read"); }, Stage::decode, ErrorCode::io_error, EIO},
        Case{"Unexpected", [] { throw std::logic_error("x"); }, Stage::infer, ErrorCode::internal_error, 0},
        Case{"NoException", [] { throw 1; }, Stage::infer, ErrorCode::internal_error, 0}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace hrn::runtime
