// Variables of MATLAB files (v5, possibly zlib-compressed; v7.3 if matio can), through matio. Any numeric
// class. Arrays have MATLAB's shape and their strides say that they are column-major; to_floats() and the
// like give row-major numbers.
//
// Target hrn_model_mat (needs matio). matio is not thread-safe: call from one thread at a time.
// Everything wrong throws ModelError with one line that names the file and the variable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "worker/model/array.hpp"

namespace hrn::model {

class MatFile {
public:
    MatFile(std::filesystem::path path, std::map<std::string, Array, std::less<>> variables);

    [[nodiscard]] const Array* find(std::string_view name) const;  // nullptr if there is none
    // The variable of that name and shape (-1: any length), else ModelError with expected and found shape.
    [[nodiscard]] const Array& require(std::string_view name, const std::vector<std::int64_t>& shape) const;
    [[nodiscard]] const std::map<std::string, Array, std::less<>>& variables() const { return variables_; }

private:
    std::filesystem::path path_;
    std::map<std::string, Array, std::less<>> variables_;
};

// Reads only the named variables; one that the file lacks is simply not in the result.
[[nodiscard]] MatFile read_mat(const std::filesystem::path& path, const std::vector<std::string>& names);

}  // namespace hrn::model
