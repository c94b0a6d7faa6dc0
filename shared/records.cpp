#include "shared/records.hpp"

#include <algorithm>
#include <cstring>

#include "shared/text.hpp"

namespace hrn {
namespace {

template <typename Number>
std::string got(const char* what, Number found, Number expected) {
    return std::string(what) + " " + std::to_string(found) + " instead of " + std::to_string(expected);
}

// A version-7 UUID, so a worker cannot report under a name that no task ever has.
bool is_task_id(const std::array<std::uint8_t, 16>& id) {
    return (id[6] >> 4) == 7 && (id[8] >> 6) == 2;
}
bool is_zero(const std::array<std::uint8_t, 16>& id) {
    return std::all_of(id.begin(), id.end(), [](std::uint8_t byte) { return byte == 0; });
}

// What a report of one kind must carry, and what it must not.
std::string validate_done(const ReportRecord& record) {
    if (record.error != static_cast<std::uint16_t>(ErrorCode::none)) {
        return "a done task with error " + std::to_string(record.error);
    }
    if (record.faces < 1 || record.faces > kMaxFaces) {
        return "a done task with " + std::to_string(record.faces) + " faces";
    }
    std::uint64_t total = record.further_bytes;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;  // no result is a terabyte
    if (record.further_bytes > kMost ||
        record.further_files > static_cast<std::uint32_t>(kMaxFaces) * kMaxOutputFiles) {
        return "impossible sizes of further faces";
    }
    bool any = false;
    for (std::size_t i = 0; i < record.output_bytes.size(); ++i) {
        const std::uint64_t bytes = record.output_bytes[i];
        if (bytes == kNoSuchOutput) {
            continue;
        }
        if (i >= kOutputFiles.size()) {
            return "an output file that is not on the list";
        }
        if (bytes > kMost || (total += bytes) > kMost) {
            return "an impossible size of " + std::string(kOutputFiles[i]);
        }
        any = true;
    }
    return any ? std::string() : std::string("a done task without output files");
}

std::string validate_failure(const ReportRecord& record) {
    if (record.error == static_cast<std::uint16_t>(ErrorCode::none) ||
        record.error >= static_cast<std::uint16_t>(ErrorCode::count_)) {
        return "a failure with error " + std::to_string(record.error);
    }
    return {};
}

}  // namespace

void set_text(ReportRecord& record, std::string_view text) {
    const std::string clean = to_utf8(text);
    std::size_t length = std::min(clean.size(), record.text.size() - 1);
    if (length < clean.size()) {
        // Not within a character: back to before its first byte.
        while (length > 0 && (static_cast<unsigned char>(clean[length]) & 0xC0) == 0x80) {
            --length;
        }
    }
    record.text.fill('\0');
    std::memcpy(record.text.data(), clean.data(), length);
}

std::string text_of(const ReportRecord& record) {
    const auto end = std::find(record.text.begin(), record.text.end(), '\0');
    std::string text =
        to_utf8(std::string_view(record.text.data(), static_cast<std::size_t>(end - record.text.begin())));
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            c = ' ';
        }
    }
    return text;
}

std::string validate_report(const ReportRecord& record, std::uint64_t generation,
                            std::uint64_t expected_sequence) {
    if (record.generation != generation) {
        return "a report of another generation";
    }
    if (record.sequence != expected_sequence) {
        return got("report number", record.sequence, expected_sequence);
    }
    if (record.stage >= kStageCount) {
        return "a report of stage " + std::to_string(record.stage);
    }
    if (record.error_number < 0 || record.error_number > 4095) {
        return "errno " + std::to_string(record.error_number) + " in a report";
    }
    switch (record.kind) {
        case ReportKind::done:
        case ReportKind::failed:
            if (!is_task_id(record.id)) {
                return "a report about something that is no task id";
            }
            if (record.attempt == 0) {
                return "a report about attempt 0";
            }
            return record.kind == ReportKind::done ? validate_done(record) : validate_failure(record);
        case ReportKind::returned:
        case ReportKind::estimated:
            if (!is_task_id(record.id) || record.attempt == 0) {
                return "a report about something that is no task";
            }
            return record.error == static_cast<std::uint16_t>(ErrorCode::none)
                       ? std::string()
                       : std::string("a returned or estimated task with an error");
        case ReportKind::fatal:
            if (std::string wrong = validate_failure(record); !wrong.empty()) {
                return wrong;
            }
            [[fallthrough]];
        case ReportKind::ready:
        case ReportKind::waiting:
            return is_zero(record.id) ? std::string() : std::string("a worker's own report names a task");
        case ReportKind::invalid:
            break;
    }
    return "a report of kind " + std::to_string(static_cast<unsigned>(record.kind));
}

std::string validate_order(const OrderRecord& record, std::uint64_t generation,
                           std::uint64_t expected_sequence) {
    if (record.generation != generation) {
        return "an order of another generation";
    }
    if (record.sequence != expected_sequence) {
        return got("order number", record.sequence, expected_sequence);
    }
    switch (record.kind) {
        case OrderKind::task:
        case OrderKind::take_back:
            if (!is_task_id(record.id)) {
                return "an order for something that is no task id";
            }
            return record.attempt == 0 ? std::string("an order for attempt 0") : std::string();
        case OrderKind::drain:
            return {};
        case OrderKind::invalid:
            break;
    }
    return "an order of kind " + std::to_string(static_cast<unsigned>(record.kind));
}

}  // namespace hrn
