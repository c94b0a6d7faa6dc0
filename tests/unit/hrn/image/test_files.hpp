// Bytes for the tests of image files: reading committed ones, and damaging copies repeatably.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace hrn::image_tests {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
    Bytes bytes;
    for (const char letter : text) {
        bytes.push_back(static_cast<std::byte>(letter));
    }
    return bytes;
}

inline Bytes read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return bytes_of(std::string(std::istreambuf_iterator<char>(file), {}));
}

inline const std::string data_dir = HRN_TEST_DATA_DIR;

// A small generator of its own, so that a failing seed means the same bytes everywhere.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15;
        std::uint64_t z = state_;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
    std::size_t below(std::size_t limit) { return next() % limit; }

private:
    std::uint64_t state_;
};

// A few bytes changed, most of them near the start, where the headers are.
inline Bytes mutated(const Bytes& original, std::uint64_t seed) {
    Random random(seed);
    Bytes bytes = original;
    const std::size_t changes = 1 + random.below(8);
    for (std::size_t i = 0; i < changes; ++i) {
        const std::size_t range =
            random.below(4) == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 64);
        bytes[random.below(range)] = static_cast<std::byte>(random.below(256));
    }
    return bytes;
}

// Headers written by hand, for what no encoder here writes.
struct Writer {
    Bytes bytes;
    // Numbers may be written wider than they are.
    static std::byte byte_of(std::uint64_t value, int index) {
        return static_cast<std::byte>(index < 8 ? value >> (8 * index) & 0xFF : 0);
    }
    Writer& text(std::string_view letters) {
        const Bytes more = bytes_of(letters);
        bytes.insert(bytes.end(), more.begin(), more.end());
        return *this;
    }
    Writer& big(std::uint64_t value, int count) {
        for (int i = count - 1; i >= 0; --i) {
            bytes.push_back(byte_of(value, i));
        }
        return *this;
    }
    Writer& little(std::uint64_t value, int count) {
        for (int i = 0; i < count; ++i) {
            bytes.push_back(byte_of(value, i));
        }
        return *this;
    }
    Writer& add(const Bytes& more) {
        bytes.insert(bytes.end(), more.begin(), more.end());
        return *this;
    }
};

}  // namespace hrn::image_tests
