// A plain text table: a header, a rule, rows; columns as wide as their widest cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hrn::model::tool {

enum class Align : std::uint8_t { left, right };

class Table {
public:
    Table(std::vector<std::string> header, std::vector<Align> aligns);
    void add(std::vector<std::string> row);  // as many cells as the header
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;  // the header first
    std::vector<Align> aligns_;
};

}  // namespace hrn::model::tool
