#include "worker/model/mat_file.hpp"

#include <matio.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

#include "worker/model/mapped_file.hpp"
#include "worker/model/require_array.hpp"

namespace hrn::model {
namespace {

struct CloseMat {
    void operator()(mat_t* file) const { Mat_Close(file); }
};
struct FreeVariable {
    void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using MatHandle = std::unique_ptr<mat_t, CloseMat>;
using VariableHandle = std::unique_ptr<matvar_t, FreeVariable>;

ElementType element_type(const matvar_t& variable) {
    switch (variable.class_type) {
        case MAT_C_DOUBLE:
            return ElementType::f64;
        case MAT_C_SINGLE:
            return ElementType::f32;
        case MAT_C_INT8:
            return ElementType::i8;
        case MAT_C_UINT8:
            return ElementType::u8;
        case MAT_C_INT16:
            return ElementType::i16;
        case MAT_C_UINT16:
            return ElementType::u16;
        case MAT_C_INT32:
            return ElementType::i32;
        case MAT_C_UINT32:
            return ElementType::u32;
        case MAT_C_INT64:
            return ElementType::i64;
        case MAT_C_UINT64:
            return ElementType::u64;
        default:
            throw ModelError("is not a numeric array");
    }
}

Array to_array(VariableHandle variable) {
    if (variable->isComplex != 0) {
        throw ModelError("is complex");
    }
    Array array;
    array.type = element_type(*variable);
    std::size_t count = 1;
    for (int axis = 0; axis < variable->rank; ++axis) {
        array.shape.push_back(static_cast<std::int64_t>(variable->dims[axis]));
        array.strides.push_back(static_cast<std::int64_t>(count));  // column-major
        if (__builtin_mul_overflow(count, variable->dims[axis], &count)) {
            throw ModelError("has an impossible size");
        }
    }
    // matio converts a narrower stored type to the class's, so data_size is that of the class.
    if (static_cast<std::size_t>(variable->data_size) != element_size(array.type) ||
        count > variable->nbytes / element_size(array.type) || (count != 0 && variable->data == nullptr)) {
        throw ModelError("holds fewer numbers than its size says (truncated file?)");
    }
    array.byte_count = variable->nbytes;
    const auto* data = static_cast<const std::byte*>(variable->data);
    // The array keeps matio's variable alive instead of copying up to 70 MB out of it.
    const std::shared_ptr<matvar_t> owner(std::move(variable));
    array.bytes = std::shared_ptr<const std::byte>(owner, data);
    return array;
}

// matio reads what a truncated version 5 file lacks as zeros. The top-level elements say how long each is:
// they must end inside the file.
void check_length(std::span<const std::byte> bytes) {
    constexpr std::size_t header = 128;
    const auto byte = [&](std::size_t at) { return std::to_integer<std::uint32_t>(bytes[at]); };
    if (bytes.size() < header) {
        throw ModelError("is not a MATLAB file (or is truncated)");
    }
    const bool little = byte(126) == 'I' && byte(127) == 'M';
    if ((little ? byte(125) : byte(124)) != 1) {
        return;  // not version 5; what it is is matio's to say
    }
    for (std::size_t at = header; at < bytes.size();) {
        if (bytes.size() - at < 8) {
            throw ModelError("ends in the middle of a variable (truncated file?)");
        }
        std::uint32_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            length |= byte(at + 4 + i) << (8 * (little ? i : 3 - i));
        }
        at += 8;
        if (length > bytes.size() - at) {
            throw ModelError("ends in the middle of a variable (truncated file?)");
        }
        at += length;
    }
}

}  // namespace

MatFile::MatFile(std::filesystem::path path, std::map<std::string, Array, std::less<>> variables)
    : path_(std::move(path)), variables_(std::move(variables)) {}

const Array* MatFile::find(std::string_view name) const {
    const auto found = variables_.find(name);
    return found == variables_.end() ? nullptr : &found->second;
}

const Array& MatFile::require(std::string_view name, const std::vector<std::int64_t>& shape) const {
    return require_array(path_, name, find(name), shape);
}

MatFile read_mat(const std::filesystem::path& path, const std::vector<std::string>& names) {
    // matio reports nothing useful about a missing, empty or short file.
    const MappedFile mapped(path);
    try {
        check_length(mapped.bytes());
    } catch (const ModelError& error) {
        throw ModelError(path.string() + ": " + error.what());
    }
    const MatHandle file(Mat_Open(path.c_str(), MAT_ACC_RDONLY));
    if (file == nullptr) {
        throw ModelError(path.string() + ": is not a MATLAB file (or is truncated)");
    }
    std::map<std::string, Array, std::less<>> variables;
    for (const auto& name : names) {
        VariableHandle variable(Mat_VarRead(file.get(), name.c_str()));
        if (variable == nullptr) {
            continue;
        }
        try {
            variables.emplace(name, to_array(std::move(variable)));
        } catch (const ModelError& error) {
            throw ModelError(path.string() + ": " + name + " " + error.what());
        }
    }
    return {path, std::move(variables)};
}

}  // namespace hrn::model
