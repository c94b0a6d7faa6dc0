#include "shared/error_code.hpp"

#include <array>
#include <cstddef>

namespace hrn {
namespace {

using enum ErrorClass;

// One row per code, in the order of the enum (checked below).
constexpr std::array<ErrorRow, static_cast<std::size_t>(ErrorCode::count_)> kTable = {{
    {ErrorCode::none, "none", permanent, "No error."},

    {ErrorCode::empty_file, "empty_file", permanent, "The file is empty. Copy it again."},
    {ErrorCode::unsupported_format, "unsupported_format", permanent,
     "The content is not a JPEG, PNG, BMP, WebP or TIFF image, whatever its name says. Convert it."},
    {ErrorCode::unreadable_image, "unreadable_image", permanent,
     "The image is damaged or cut short and cannot be decoded. Copy or export it again."},
    {ErrorCode::image_too_small, "image_too_small", permanent,
     "The image has too few pixels for a face to be reconstructed. Use a larger one."},
    {ErrorCode::too_many_pixels, "too_many_pixels", permanent,
     "The image has more pixels than limits.max_image_pixels allows. Scale it down or raise the limit."},
    {ErrorCode::file_too_large, "file_too_large", permanent,
     "The file is larger than limits.max_file_bytes allows. Compress it or raise the limit."},
    {ErrorCode::permission_denied, "permission_denied", permanent,
     "The service may not read the file. Give its user read permission and retry."},
    {ErrorCode::no_face, "no_face", permanent, "No face was found in the photo."},
    {ErrorCode::face_cut_off, "face_cut_off", permanent,
     "A face was found, but too much of it lies outside the photo. Use a photo with the whole face."},
    {ErrorCode::numerical_failure, "numerical_failure", permanent,
     "The reconstruction left the range of numbers for this photo; no mesh can be made of it."},
    {ErrorCode::cancelled, "cancelled", permanent, "The task was cancelled by a command."},
    {ErrorCode::original_missing, "original_missing", permanent,
     "The claimed image vanished before it was computed. Drop it again."},
    {ErrorCode::poison, "poison", permanent,
     "Workers died whenever they computed this image alone; it is quarantined. Look at the image before a "
     "retry."},

    {ErrorCode::timeout, "timeout", retry,
     "The task ran longer than limits.stage_timeout_s or limits.task_timeout_s allows."},
    {ErrorCode::out_of_memory, "out_of_memory", retry,
     "The device or the machine had too little memory, even for a batch of one."},
    {ErrorCode::file_changed, "file_changed", retry, "The file changed while it was read."},
    {ErrorCode::invalid_result, "invalid_result", retry,
     "The worker's result folder was not what it had reported, so it was not published."},
    {ErrorCode::internal_error, "internal_error", retry,
     "The worker failed in a way that it did not expect; the message and its log say more."},

    {ErrorCode::worker_crashed, "worker_crashed", device, "The worker died while it held this task."},
    {ErrorCode::worker_hung, "worker_hung", device,
     "The worker made no progress on this task in time and was killed."},
    {ErrorCode::protocol_error, "protocol_error", device,
     "The worker wrote nonsense into its shared memory and was killed."},
    {ErrorCode::device_lost, "device_lost", device, "The device is gone or was never there."},
    {ErrorCode::device_error, "device_error", device,
     "The device reported a fatal error; the worker was restarted."},
    {ErrorCode::killed_for_memory, "killed_for_memory", device,
     "The kernel killed the worker because memory ran out."},

    {ErrorCode::disk_full, "disk_full", operator_,
     "The results cannot be written: the disk is full, over quota or read-only. Free space; the service "
     "goes on by itself."},
    {ErrorCode::io_error, "io_error", operator_,
     "Reading or writing failed on the disk. Look at the kernel's log."},
    {ErrorCode::model_missing, "model_missing", operator_,
     "The model directory is missing, incomplete or damaged. Run hrn-model verify on model.dir."},
}};

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].code) != i || kTable[i].name.empty() ||
            kTable[i].sentence.empty()) {
            return false;
        }
    }
    return true;
}
static_assert(rows_are_in_order());

}  // namespace

std::span<const ErrorRow> error_table() {
    return kTable;
}

const ErrorRow& error_row(ErrorCode code) {
    // A code out of range can only come from outside; internal_error is what it is then.
    const auto index = static_cast<std::size_t>(code);
    return index < kTable.size() ? kTable[index]
                                 : kTable[static_cast<std::size_t>(ErrorCode::internal_error)];
}

std::string_view error_name(ErrorCode code) {
    return error_row(code).name;
}

std::string_view error_class_name(ErrorClass error_class) {
    switch (error_class) {
        case permanent:
            return "permanent";
        case retry:
            return "retry";
        case device:
            return "device";
        case operator_:
            return "operator";
    }
    return "operator";
}

std::optional<ErrorCode> parse_error_code(std::string_view name) {
    for (const ErrorRow& row : kTable) {
        if (row.name == name) {
            return row.code;
        }
    }
    return std::nullopt;
}

}  // namespace hrn
