#include "worker/model/mat_writer.hpp"

#include <matio.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace hrn::model {
namespace {

struct CloseMat {
    void operator()(mat_t* file) const { Mat_Close(file); }
};
struct FreeVariable {
    void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};

struct MatType {
    matio_classes of_class;
    matio_types of_data;
};

MatType mat_type(ElementType type) {
    switch (type) {
        case ElementType::f64:
            return {MAT_C_DOUBLE, MAT_T_DOUBLE};
        case ElementType::f32:
            return {MAT_C_SINGLE, MAT_T_SINGLE};
        case ElementType::u8:
            return {MAT_C_UINT8, MAT_T_UINT8};
        case ElementType::u16:
            return {MAT_C_UINT16, MAT_T_UINT16};
        case ElementType::i32:
            return {MAT_C_INT32, MAT_T_INT32};
        default:
            throw std::invalid_argument("write_mat: this element type is not written");
    }
}

// MATLAB's order: columns one behind the other.
std::vector<std::byte> column_major(const Array& array) {
    const auto size = static_cast<std::int64_t>(element_size(array.type));
    std::vector<std::byte> out(static_cast<std::size_t>(array.count() * size));
    std::byte* to = out.data();
    for (std::int64_t column = 0; column < array.shape[1]; ++column) {
        for (std::int64_t row = 0; row < array.shape[0]; ++row, to += size) {
            const auto at = array.offset + row * array.strides[0] + column * array.strides[1];
            std::memcpy(to, array.bytes.get() + at * size, static_cast<std::size_t>(size));
        }
    }
    return out;
}

}  // namespace

void write_mat(const std::filesystem::path& path, const std::vector<std::pair<std::string, Array>>& variables,
               MatCompression compression) {
    // An existing file is unlinked, not truncated: somebody may have it open.
    std::error_code ignored;
    std::filesystem::create_directories(path.parent_path(), ignored);
    std::filesystem::remove(path, ignored);
    // A fixed header text instead of matio's, which has the time in it.
    const std::unique_ptr<mat_t, CloseMat> file(
        Mat_CreateVer(path.c_str(), "MATLAB 5.0 MAT-file, written by hrn-model synthesise", MAT_FT_MAT5));
    if (file == nullptr) {
        throw ModelError(path.string() + ": cannot be written");
    }
    for (const auto& [name, array] : variables) {
        if (array.shape.size() != 2) {
            throw std::invalid_argument("write_mat: " + name + " has not two axes");
        }
        auto data = column_major(array);
        std::size_t dims[2] = {static_cast<std::size_t>(array.shape[0]),
                               static_cast<std::size_t>(array.shape[1])};
        const auto type = mat_type(array.type);
        const std::unique_ptr<matvar_t, FreeVariable> variable(Mat_VarCreate(
            name.c_str(), type.of_class, type.of_data, 2, dims, data.data(), MAT_F_DONT_COPY_DATA));
        if (variable == nullptr ||
            Mat_VarWrite(file.get(), variable.get(),
                         compression == MatCompression::zlib ? MAT_COMPRESSION_ZLIB : MAT_COMPRESSION_NONE) !=
                0) {
            throw ModelError(path.string() + ": " + name + " cannot be written (disk full?)");
        }
    }
}

}  // namespace hrn::model
