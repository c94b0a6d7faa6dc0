#include "shared/task_id.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>

#include "shared/text.hpp"

namespace hrn {
namespace {

void fill_random(std::uint8_t* bytes, std::size_t count) {
    while (count > 0) {
        const ssize_t got = ::getrandom(bytes, count, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        bytes += got;
        count -= static_cast<std::size_t>(got);
    }
}

// UUIDv7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits.
TaskId make_id(std::uint64_t milliseconds) {
    TaskId id;
    fill_random(id.bytes.data() + 6, id.bytes.size() - 6);
    for (int i = 0; i < 6; ++i) {
        id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
    }
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

// Within one millisecond the random part of the last id plus one keeps the order. False: it is all ones.
bool increment_random_part(TaskId& id) {
    for (std::size_t i = id.bytes.size(); i-- > 6;) {
        const std::uint8_t mask = i == 6 ? 0x0F : i == 8 ? 0x3F : 0xFF;
        const auto value = static_cast<std::uint8_t>(id.bytes[i] & mask);
        const auto fixed = static_cast<std::uint8_t>(id.bytes[i] & ~mask);
        if (value != mask) {
            id.bytes[i] = static_cast<std::uint8_t>(fixed | (value + 1));
            return true;
        }
        id.bytes[i] = fixed;
    }
    return false;
}

struct LastId {
    std::mutex mutex;
    std::uint64_t milliseconds = 0;
    TaskId id;
};

LastId& last_id() {
    static LastId last;
    return last;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

constexpr bool is_dash_position(std::size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

TaskId TaskId::generate() {
    LastId& last = last_id();
    const std::lock_guard lock(last.mutex);
    const auto now = static_cast<std::uint64_t>(unix_milliseconds_now());
    if (now > last.milliseconds) {
        last.milliseconds = now;
        last.id = make_id(now);
    } else if (!increment_random_part(last.id)) {
        // The clock stood still (or ran backwards) for 2^74 ids: borrow from the future.
        last.id = make_id(++last.milliseconds);
    }
    return last.id;
}

std::string TaskId::text() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (const std::uint8_t byte : bytes) {
        if (is_dash_position(out.size())) {
            out += '-';
        }
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::optional<TaskId> TaskId::parse(std::string_view text) {
    if (text.size() != 36) {
        return std::nullopt;
    }
    TaskId id;
    std::size_t nibble = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_dash_position(i)) {
            if (text[i] != '-') {
                return std::nullopt;
            }
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) {
            return std::nullopt;
        }
        std::uint8_t& byte = id.bytes[nibble / 2];
        byte = static_cast<std::uint8_t>((byte << 4) | value);
        ++nibble;
    }
    if ((id.bytes[6] >> 4) != 7 || (id.bytes[8] >> 6) != 2) {
        return std::nullopt;
    }
    return id;
}

std::size_t TaskIdHash::operator()(const TaskId& id) const noexcept {
    // The last eight bytes are random but for two bits.
    std::uint64_t tail = 0;
    std::memcpy(&tail, id.bytes.data() + 8, sizeof(tail));
    std::uint64_t head = 0;
    std::memcpy(&head, id.bytes.data(), sizeof(head));
    return static_cast<std::size_t>(tail ^ (head * 0x9E3779B97F4A7C15));
}

}  // namespace hrn
