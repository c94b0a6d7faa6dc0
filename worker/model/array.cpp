#include "worker/model/array.hpp"

#include <bit>
#include <cstring>

namespace hrn::model {

static_assert(std::endian::native == std::endian::little, "model files hold little-endian numbers");

namespace {

// IEEE half precision to single: exact, subnormals, infinities and NaN included.
float from_half(std::uint16_t h) {
    const std::uint32_t sign = (h & 0x8000u) << 16;
    const std::uint32_t exponent = (h >> 10) & 0x1Fu;
    const std::uint32_t mantissa = h & 0x3FFu;
    if (exponent == 31) {
        return std::bit_cast<float>(sign | 0x7F800000u | (mantissa << 13));
    }
    if (exponent == 0) {
        const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

float from_bfloat(std::uint16_t b) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(b) << 16);
}

template <class T>
T load(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

template <class To, class Read>
void gather(const Array& array, std::vector<To>& out, Read read) {
    const std::size_t rank = array.shape.size();
    std::vector<std::int64_t> index(rank, 0);
    std::int64_t at = array.offset;
    for (auto& value : out) {
        // NOLINTNEXTLINE(bugprone-signed-char-misuse): an int8 is a number here
        value = static_cast<To>(read(at));
        for (std::size_t axis = rank; axis-- > 0;) {
            at += array.strides[axis];
            if (++index[axis] < array.shape[axis]) {
                break;
            }
            at -= array.strides[axis] * array.shape[axis];
            index[axis] = 0;
        }
    }
}

template <class To, class From>
void convert(const Array& array, std::vector<To>& out) {
    const std::byte* base = array.bytes.get();
    gather(array, out, [base](std::int64_t at) {
        return load<From>(base + at * static_cast<std::int64_t>(sizeof(From)));
    });
}

template <class To>
std::vector<To> to_vector(const Array& array) {
    std::vector<To> out(static_cast<std::size_t>(array.count()));
    if (out.empty()) {
        return out;
    }
    const std::byte* base = array.bytes.get();
    switch (array.type) {
        case ElementType::f16:
            gather(array, out,
                   [base](std::int64_t at) { return from_half(load<std::uint16_t>(base + 2 * at)); });
            break;
        case ElementType::bf16:
            gather(array, out,
                   [base](std::int64_t at) { return from_bfloat(load<std::uint16_t>(base + 2 * at)); });
            break;
        case ElementType::f32:
            if (std::is_same_v<To, float> && array.contiguous()) {
                std::memcpy(out.data(), base + 4 * array.offset, 4 * out.size());
            } else {
                convert<To, float>(array, out);
            }
            break;
        case ElementType::f64:
            convert<To, double>(array, out);
            break;
        case ElementType::u8:
            convert<To, std::uint8_t>(array, out);
            break;
        case ElementType::i8:
            convert<To, std::int8_t>(array, out);
            break;
        case ElementType::i16:
            convert<To, std::int16_t>(array, out);
            break;
        case ElementType::u16:
            convert<To, std::uint16_t>(array, out);
            break;
        case ElementType::i32:
            convert<To, std::int32_t>(array, out);
            break;
        case ElementType::u32:
            convert<To, std::uint32_t>(array, out);
            break;
        case ElementType::i64:
            convert<To, std::int64_t>(array, out);
            break;
        case ElementType::u64:
            convert<To, std::uint64_t>(array, out);
            break;
        case ElementType::boolean:
            gather(array, out, [base](std::int64_t at) { return base[at] != std::byte{0} ? 1 : 0; });
            break;
    }
    return out;
}

bool is_floating(ElementType type) {
    return type == ElementType::f16 || type == ElementType::bf16 || type == ElementType::f32 ||
           type == ElementType::f64;
}

}  // namespace

std::size_t element_size(ElementType type) {
    switch (type) {
        case ElementType::u8:
        case ElementType::i8:
        case ElementType::boolean:
            return 1;
        case ElementType::f16:
        case ElementType::bf16:
        case ElementType::i16:
        case ElementType::u16:
            return 2;
        case ElementType::f32:
        case ElementType::i32:
        case ElementType::u32:
            return 4;
        case ElementType::f64:
        case ElementType::i64:
        case ElementType::u64:
            return 8;
    }
    throw std::invalid_argument("element_size: no such element type");
}

std::string_view element_name(ElementType type) {
    switch (type) {
        case ElementType::f16:
            return "float16";
        case ElementType::bf16:
            return "bfloat16";
        case ElementType::f32:
            return "float32";
        case ElementType::f64:
            return "float64";
        case ElementType::u8:
            return "uint8";
        case ElementType::i8:
            return "int8";
        case ElementType::i16:
            return "int16";
        case ElementType::u16:
            return "uint16";
        case ElementType::i32:
            return "int32";
        case ElementType::u32:
            return "uint32";
        case ElementType::i64:
            return "int64";
        case ElementType::u64:
            return "uint64";
        case ElementType::boolean:
            return "bool";
    }
    throw std::invalid_argument("element_name: no such element type");
}

std::int64_t Array::count() const {
    std::int64_t n = 1;
    for (const auto length : shape) {
        n *= length;
    }
    return n;
}

bool Array::contiguous() const {
    std::int64_t expected = 1;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        if (shape[axis] == 0) {
            return true;
        }
        if (shape[axis] != 1 && strides[axis] != expected) {
            return false;
        }
        expected *= shape[axis];
    }
    return true;
}

std::vector<float> Array::to_floats() const {
    return to_vector<float>(*this);
}

std::vector<double> Array::to_doubles() const {
    return to_vector<double>(*this);
}

std::vector<std::int64_t> Array::to_integers() const {
    if (is_floating(type)) {
        // MATLAB keeps indices as doubles; a fraction, or a number that int64 cannot hold, is no index.
        const auto numbers = to_doubles();
        std::vector<std::int64_t> out;
        out.reserve(numbers.size());
        for (const double x : numbers) {
            if (!(x >= -0x1p53 && x <= 0x1p53) || x != static_cast<double>(static_cast<std::int64_t>(x))) {
                throw ModelError("a whole number is needed where " + std::to_string(x) + " stands");
            }
            out.push_back(static_cast<std::int64_t>(x));
        }
        return out;
    }
    return to_vector<std::int64_t>(*this);
}

const float* Array::floats_in_place() const {
    if (type != ElementType::f32 || !contiguous() || bytes == nullptr) {
        return nullptr;
    }
    const std::byte* first = bytes.get() + 4 * offset;
    // The legacy format does not align its storages.
    if (reinterpret_cast<std::uintptr_t>(first) % alignof(float) != 0) {
        return nullptr;
    }
    return reinterpret_cast<const float*>(first);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        text += (i ? ", " : "") + (shape[i] < 0 ? std::string("any") : std::to_string(shape[i]));
    }
    return text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace hrn::model
