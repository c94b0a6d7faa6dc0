#include "worker/model/npy_writer.hpp"

#include <span>
#include <stdexcept>
#include <string>

#include "worker/model/output_file.hpp"

namespace hrn::model {
namespace {

std::string type_code(ElementType type) {
    switch (type) {
        case ElementType::f16:
            return "<f2";
        case ElementType::f32:
            return "<f4";
        case ElementType::f64:
            return "<f8";
        case ElementType::u8:
            return "|u1";
        case ElementType::i8:
            return "|i1";
        case ElementType::i16:
            return "<i2";
        case ElementType::u16:
            return "<u2";
        case ElementType::i32:
            return "<i4";
        case ElementType::u32:
            return "<u4";
        case ElementType::i64:
            return "<i8";
        case ElementType::u64:
            return "<u8";
        case ElementType::boolean:
            return "|b1";
        case ElementType::bf16:
            break;
    }
    throw std::invalid_argument("write_npy: NumPy has no bfloat16");
}

}  // namespace

void write_npy(const std::filesystem::path& path, const Array& array) {
    if (!array.contiguous()) {
        throw std::invalid_argument("write_npy: the array is not contiguous");
    }
    std::string header = "{'descr': '" + type_code(array.type) +
                         "', 'fortran_order': False, 'shape': " + shape_text(array.shape) + ", }";
    // Magic, version and length take 10 bytes; the numbers begin at a multiple of 64.
    header.append(63 - (10 + header.size()) % 64, ' ').append("\n");
    std::string preamble("\x93NUMPY\x01\x00", 8);
    preamble += static_cast<char>(header.size() & 0xFFu);
    preamble += static_cast<char>(header.size() >> 8);
    OutputFile out(path);
    out.write(preamble);
    out.write(header);
    const std::size_t size = element_size(array.type);
    out.write(std::span(array.bytes.get() + static_cast<std::size_t>(array.offset) * size,
                        static_cast<std::size_t>(array.count()) * size));
    out.close();
}

}  // namespace hrn::model
