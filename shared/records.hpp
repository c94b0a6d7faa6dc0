// What travels through the rings (design.md 6): fixed-width records, trivially copyable, a multiple of 64
// bytes, the same layout for every compiler. Orders go from supervisor to worker, reports the other way.
//
// A reader copies a record into a local, then validates every field: what comes from a worker is hostile
// until checked (validate_report), and a worker refuses an order of another generation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "shared/error_code.hpp"
#include "shared/output_files.hpp"
#include "shared/stage.hpp"
#include "shared/task_id.hpp"

namespace hrn {

enum class OrderKind : std::uint16_t {
    invalid,
    task,       // compute claimed/ID/image into results/.tmp/GENERATION/ID/
    drain,      // finish what you hold, then exit 0
    take_back,  // give this task back by a report `returned`, unless it is being computed already
};

struct alignas(64) OrderRecord {
    std::uint64_t generation = 0;  // of the worker it is meant for
    std::array<std::uint8_t, 16> id{};
    std::uint32_t attempt = 0;  // 1 for the first
    OrderKind kind = OrderKind::invalid;
    std::uint16_t reserved = 0;
    std::uint64_t sequence = 0;     // 1, 2, 3 … per worker; a gap is a protocol error
    std::uint64_t image_bytes = 0;  // of claimed/ID/image when it was claimed
    std::array<std::uint8_t, 16> padding{};
};
static_assert(sizeof(OrderRecord) == 64 && std::is_trivially_copyable_v<OrderRecord>);
static_assert(offsetof(OrderRecord, attempt) == 24 && offsetof(OrderRecord, sequence) == 32);

enum class ReportKind : std::uint16_t {
    invalid,
    ready,      // loaded and warmed up; text = one line of JSON about device, precision, front end, model
    done,       // the task's folder is complete and fsynced
    failed,     // the task failed; error says how, text says what to tell the operator
    waiting,    // cannot start loading yet (design.md 7, min_free_gpu_mb); text says why
    fatal,      // the worker gives up and will exit: error, text
    returned,   // answers take_back: the worker has not begun the task and does not hold it any more
    estimated,  // role estimate: text = one line of JSON about the image's cost (worker/runtime/estimate)
};

struct alignas(64) ReportRecord {
    std::uint64_t generation = 0;
    std::array<std::uint8_t, 16> id{};  // zero for ready, waiting, fatal
    std::uint32_t attempt = 0;
    ReportKind kind = ReportKind::invalid;
    std::uint16_t error = 0;                            // ErrorCode
    std::uint16_t stage = 0;                            // Stage where it failed
    std::uint16_t faces = 0;                            // faces found
    std::int32_t error_number = 0;                      // errno behind it, 0 if none
    std::uint64_t sequence = 0;                         // 1, 2, 3 … per worker
    std::uint64_t further_bytes = 0;                    // sum of the files in face_2/ …
    std::array<std::uint32_t, 8> stage_microseconds{};  // indexed by Stage; time in it, not waiting
    std::array<std::uint64_t, kMaxOutputFiles>
        output_bytes{};               // indexed as kOutputFiles; kNoSuchOutput: absent
    std::uint32_t further_files = 0;  // how many files in face_2/ …
    std::uint32_t batch = 0;          // images in the batch it was computed in
    std::uint64_t peak_rss_bytes = 0;
    std::array<char, 280> text{};  // zero-terminated UTF-8
};
static_assert(sizeof(ReportRecord) == 512 && std::is_trivially_copyable_v<ReportRecord>);
static_assert(offsetof(ReportRecord, sequence) == 40 && offsetof(ReportRecord, text) == 232);

// Copies as much of `text` as fits, cut at a UTF-8 boundary, always terminated.
void set_text(ReportRecord& record, std::string_view text);
// The text up to its terminator (or all of it, if a hostile worker left none); control bytes replaced.
[[nodiscard]] std::string text_of(const ReportRecord& record);
// Empty if every field is in range for its kind and the record is of this generation; else what is wrong.
[[nodiscard]] std::string validate_report(const ReportRecord& record, std::uint64_t generation,
                                          std::uint64_t expected_sequence);
[[nodiscard]] std::string validate_order(const OrderRecord& record, std::uint64_t generation,
                                         std::uint64_t expected_sequence);

}  // namespace hrn
