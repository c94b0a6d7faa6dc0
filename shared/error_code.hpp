// Every way a task can fail: one closed list (design.md 8). A row is code, class, sentence; parser, docs
// (docs/errors.md), records and scripts all come from it.
//
// Class decides what the supervisor does: permanent = recorded at once; retry = again after a backoff, within
// max_attempts; device = culprit finding (design.md 7); operator = no attempt charged, the service pauses
// and goes on by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hrn {

enum class ErrorClass : std::uint8_t { permanent, retry, device, operator_ };

enum class ErrorCode : std::uint16_t {
    none,
    // permanent: the image's or the user's
    empty_file,
    unsupported_format,
    unreadable_image,
    image_too_small,
    too_many_pixels,
    file_too_large,
    permission_denied,
    no_face,
    face_cut_off,
    numerical_failure,
    cancelled,
    original_missing,
    poison,  // quarantined: it killed max_attempts workers
    // retry: may go better next time
    timeout,
    out_of_memory,
    file_changed,
    invalid_result,  // the worker's result folder was not what it reported
    internal_error,
    // device: somebody died or vanished
    worker_crashed,
    worker_hung,
    protocol_error,
    device_lost,
    device_error,
    killed_for_memory,
    // operator: the machine's or the installation's
    disk_full,
    io_error,
    model_missing,
    count_
};

struct ErrorRow {
    ErrorCode code;
    std::string_view name;  // as scripts see it: "no_face"
    ErrorClass error_class;
    std::string_view sentence;  // what happened, and what to do
};

[[nodiscard]] std::span<const ErrorRow> error_table();
[[nodiscard]] const ErrorRow& error_row(ErrorCode code);
[[nodiscard]] std::string_view error_name(ErrorCode code);
[[nodiscard]] std::string_view error_class_name(ErrorClass error_class);  // "permanent", …, "operator"
[[nodiscard]] std::optional<ErrorCode> parse_error_code(std::string_view name);

}  // namespace hrn
