#include "worker/hrn/output/fixed6.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "worker/hrn/output/mesh_view.hpp"

namespace hrn::output {

namespace {

constexpr std::array<char, 200> make_pairs() {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}
constexpr std::array<char, 200> digit_pairs = make_pairs();

char* write_pair(char* out, std::uint32_t below_100) {
    std::memcpy(out, &digit_pairs[2 * below_100], 2);
    return out + 2;
}

// The value in millionths, rounded half to even. `shift` is 1..149.
std::uint64_t to_millionths(std::uint32_t mantissa, int shift) {
    const std::uint64_t product = std::uint64_t{mantissa} * 1'000'000;  // < 2^44
    if (shift > 44) {
        return 0;  // less than half a millionth
    }
    const std::uint64_t quotient = product >> shift;
    const std::uint64_t remainder = product & ((std::uint64_t{1} << shift) - 1);
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    const bool up = remainder > half || (remainder == half && (quotient & 1) != 0);
    return quotient + (up ? 1 : 0);
}

}  // namespace

char* write_unsigned(char* out, std::uint32_t value) {
    if (value < 10) {
        *out = static_cast<char>('0' + value);
        return out + 1;
    }
    return std::to_chars(out, out + max_unsigned_chars, value).ptr;
}

char* write_fixed6(char* out, float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t exponent = (bits >> 23) & 0xff;
    std::uint32_t mantissa = bits & 0x7fffff;
    if (exponent == 0xff) {
        throw OutputError("a number of the mesh is not finite");
    }
    if (exponent >= 150) {
        // 2^23 and more: a whole number. A face never gets here, so the library may take its time.
        return std::to_chars(out, out + max_fixed6_chars, value, std::chars_format::fixed, 6).ptr;
    }
    int shift = 149;  // value = mantissa * 2^-shift; subnormal numbers have no hidden bit
    if (exponent != 0) {
        mantissa |= 0x800000;
        shift = 150 - static_cast<int>(exponent);
    }
    if ((bits >> 31) != 0) {
        *out++ = '-';  // also of -0, as printf does
    }
    const std::uint64_t millionths = to_millionths(mantissa, shift);
    const auto whole = static_cast<std::uint32_t>(millionths / 1'000'000);
    const auto fraction = static_cast<std::uint32_t>(millionths % 1'000'000);
    out = write_unsigned(out, whole);
    *out++ = '.';
    out = write_pair(out, fraction / 10'000);
    out = write_pair(out, fraction / 100 % 100);
    return write_pair(out, fraction % 100);
}

}  // namespace hrn::output
