// Bounds-checked reads of big- and little-endian words from a file's bytes. Nothing here reads outside the
// span: a word that does not fit is nothing.
//
// A value (pointer and size) for any thread; the bytes belong to the caller and must outlive it. Cannot fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hrn::image {

enum class ByteOrder : std::uint8_t { big, little };

class ByteView {
public:
    ByteView() = default;
    explicit ByteView(std::span<const std::byte> bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] bool has(std::size_t at, std::size_t count) const {
        return at <= bytes_.size() && count <= bytes_.size() - at;
    }
    // The part from `at`, at most `count` bytes, shorter where the bytes end.
    [[nodiscard]] ByteView part(std::size_t at, std::size_t count) const {
        if (at >= bytes_.size()) {
            return {};
        }
        return ByteView(bytes_.subspan(at, count < bytes_.size() - at ? count : bytes_.size() - at));
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

    [[nodiscard]] bool starts_with(std::string_view text, std::size_t at = 0) const {
        if (!has(at, text.size())) {
            return false;
        }
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (std::to_integer<char>(bytes_[at + i]) != text[i]) {
                return false;
            }
        }
        return true;
    }

    [[nodiscard]] std::optional<std::uint32_t> u8(std::size_t at) const {
        return word(at, 1, ByteOrder::big);
    }
    [[nodiscard]] std::optional<std::uint32_t> u16(std::size_t at, ByteOrder order) const {
        return word(at, 2, order);
    }
    [[nodiscard]] std::optional<std::uint32_t> u24(std::size_t at, ByteOrder order) const {
        return word(at, 3, order);
    }
    [[nodiscard]] std::optional<std::uint32_t> u32(std::size_t at, ByteOrder order) const {
        return word(at, 4, order);
    }

private:
    [[nodiscard]] std::optional<std::uint32_t> word(std::size_t at, std::size_t count,
                                                    ByteOrder order) const {
        if (!has(at, count)) {
            return std::nullopt;
        }
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t from = order == ByteOrder::big ? i : count - 1 - i;
            value = value << 8 | std::to_integer<std::uint32_t>(bytes_[at + from]);
        }
        return value;
    }

    std::span<const std::byte> bytes_;
};

}  // namespace hrn::image
