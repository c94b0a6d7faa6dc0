// A task's name: a UUIDv7 (RFC 9562), so ids sort by the time of the claim. 16 bytes in shared memory and
// in the store, 36 lower-case characters everywhere a person sees one.
//
// Made by the supervisor's storage thread only, when it claims a file; never reused.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hrn {

struct TaskId {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const TaskId&) const = default;  // NOLINT(modernize-use-nullptr): no pointer here
    [[nodiscard]] bool empty() const { return *this == TaskId{}; }

    // Strictly increasing within one process, whatever the wall clock does; 74 random bits beside the time.
    // Throws std::system_error if the kernel gives no random bytes.
    [[nodiscard]] static TaskId generate();
    [[nodiscard]] std::string text() const;
    // Accepts exactly the 36-character lower-case form of a version-7 UUID.
    [[nodiscard]] static std::optional<TaskId> parse(std::string_view text);
};

struct TaskIdHash {
    [[nodiscard]] std::size_t operator()(const TaskId& id) const noexcept;
};

}  // namespace hrn
