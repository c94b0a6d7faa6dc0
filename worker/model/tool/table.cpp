#include "worker/model/tool/table.hpp"

#include <algorithm>
#include <utility>

namespace hrn::model::tool {

Table::Table(std::vector<std::string> header, std::vector<Align> aligns)
    : rows_{std::move(header)}, aligns_(std::move(aligns)) {}

void Table::add(std::vector<std::string> row) {
    rows_.push_back(std::move(row));
}

std::string Table::text() const {
    std::vector<std::size_t> widths(rows_[0].size(), 0);
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], row.at(i).size());
        }
    }
    std::string out;
    for (std::size_t number = 0; number < rows_.size(); ++number) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const auto& cell = rows_[number][i];
            const std::string padding(widths[i] - cell.size(), ' ');
            line += (i ? "  " : "") + (aligns_[i] == Align::right ? padding + cell : cell + padding);
        }
        line.resize(line.find_last_not_of(' ') + 1);
        out += line + "\n";
        if (number == 0) {
            std::size_t width = 2 * (widths.size() - 1);
            for (const auto w : widths) {
                width += w;
            }
            out += std::string(width, '-') + "\n";
        }
    }
    return out;
}

}  // namespace hrn::model::tool
