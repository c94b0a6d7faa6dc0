#include "worker/model/npy_file.hpp"

#include <charconv>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "worker/model/mapped_file.hpp"

namespace hrn::model {
namespace {

constexpr std::string_view kMagic{"\x93NUMPY", 6};
constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

// What follows `'key':` in the header, which is the text of a Python dict of three entries.
std::string_view value_of(std::string_view header, std::string_view key) {
    std::string quoted(1, '\'');
    quoted.append(key).append(1, '\'');
    const auto at = header.find(quoted);
    if (at == std::string_view::npos) {
        throw ModelError("its header has no " + quoted);
    }
    auto rest = header.substr(at + quoted.size());
    const auto start = rest.find_first_not_of(": ");
    if (start == std::string_view::npos) {
        throw ModelError("its header breaks off after " + quoted);
    }
    return rest.substr(start);
}

ElementType element_type(std::string_view descr) {
    struct Row {
        std::string_view name;
        ElementType type;
    };
    constexpr Row rows[] = {{"f2", ElementType::f16}, {"f4", ElementType::f32}, {"f8", ElementType::f64},
                            {"u1", ElementType::u8},  {"i1", ElementType::i8},  {"i2", ElementType::i16},
                            {"u2", ElementType::u16}, {"i4", ElementType::i32}, {"u4", ElementType::u32},
                            {"i8", ElementType::i64}, {"u8", ElementType::u64}, {"b1", ElementType::boolean}};
    const auto end = descr.size() > 1 ? descr.find(descr[0], 1) : std::string_view::npos;
    if (end != std::string_view::npos && (descr[0] == '\'' || descr[0] == '"')) {
        const auto text = descr.substr(1, end - 1);
        for (const auto& row : rows) {
            // '<' little-endian; '|' and '=' where the order does not matter or is the machine's.
            if (text.size() == 3 && (text[0] == '<' || text[0] == '|' || text[0] == '=') &&
                text.substr(1) == row.name) {
                return row.type;
            }
        }
    }
    throw ModelError("its element type " + std::string(descr.substr(0, 8)) +
                     " is not a little-endian number");
}

std::vector<std::int64_t> parse_shape(std::string_view text) {
    const auto close = text.find(')');
    if (text.empty() || text[0] != '(' || close == std::string_view::npos) {
        throw ModelError("its header has no readable shape");
    }
    std::vector<std::int64_t> shape;
    std::int64_t count = 1;
    const char* at = text.data() + 1;
    const char* end = text.data() + close;
    while (at != end) {
        if (*at == ' ' || *at == ',' || *at == 'L') {
            ++at;
            continue;
        }
        std::int64_t length = 0;
        const auto [next, error] = std::from_chars(at, end, length);
        if (error != std::errc{} || length < 0 || shape.size() == 16 ||
            __builtin_mul_overflow(count, length, &count) || count > kMaxElements) {
            throw ModelError("its header has no readable shape");
        }
        shape.push_back(length);
        at = next;
    }
    return shape;
}

std::vector<std::int64_t> make_strides(const std::vector<std::int64_t>& shape, bool fortran) {
    std::vector<std::int64_t> strides(shape.size());
    std::int64_t step = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const std::size_t axis = fortran ? i : shape.size() - 1 - i;
        strides[axis] = step;
        step *= shape[axis];
    }
    return strides;
}

Array parse(const MappedFile& file) {
    const auto bytes = file.bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!text.starts_with(kMagic) || text.size() < 12) {
        throw ModelError("is not a .npy file");
    }
    // Version 1 has a 16-bit header length, 2 and 3 have a 32-bit one.
    std::size_t start = 10;
    std::uint32_t length = 0;
    if (text[6] == 1) {
        std::uint16_t short_length = 0;
        std::memcpy(&short_length, text.data() + 8, sizeof short_length);
        length = short_length;
    } else {
        std::memcpy(&length, text.data() + 8, sizeof length);
        start = 12;
    }
    if (length > text.size() - start) {
        throw ModelError("its header reaches beyond the end (truncated file?)");
    }
    const auto header = text.substr(start, length);
    Array array;
    array.type = element_type(value_of(header, "descr"));
    array.shape = parse_shape(value_of(header, "shape"));
    array.strides = make_strides(array.shape, value_of(header, "fortran_order").starts_with("True"));
    const std::size_t data = start + length;
    array.byte_count = static_cast<std::size_t>(array.count()) * element_size(array.type);
    if (array.byte_count > text.size() - data) {
        throw ModelError("holds " + std::to_string(text.size() - data) + " bytes of numbers, shape " +
                         shape_text(array.shape) + " needs " + std::to_string(array.byte_count) +
                         " (truncated file?)");
    }
    array.bytes = std::shared_ptr<const std::byte>(file.share(), bytes.data() + data);
    return array;
}

}  // namespace

Array read_npy(const std::filesystem::path& path) {
    const MappedFile file(path);
    try {
        return parse(file);
    } catch (const ModelError& error) {
        throw ModelError(path.string() + ": " + error.what());
    }
}

}  // namespace hrn::model
