// A table for people: columns as wide as their widest cell, the whole never wider than 80 characters. Too
// wide: the columns that may be cut lose their middle ("portrait-of...-park.jpg").
#pragma once

#include <string>
#include <vector>

#include "supervisor/ctl/console.hpp"

namespace hrn::ctl {

inline constexpr std::size_t kWidth = 80;

enum class Align { left, right };

struct Column {
    std::string title;
    Align align = Align::left;
    bool may_be_cut = false;
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // One cell per column. The text must be printable (log::printable) already.
    void add(std::vector<std::string> cells);
    void print(const Console& console) const;
    // The column with this title is painted by colour_of_state.
    void colour_states(const std::string& title) { state_title_ = title; }
    [[nodiscard]] bool empty() const { return rows_.empty(); }

private:
    [[nodiscard]] std::vector<std::size_t> widths() const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
    std::string state_title_;
};

// Bytes counted as one column each but for UTF-8 continuation bytes.
[[nodiscard]] std::size_t display_width(std::string_view text);
// At most `width` columns; the middle is replaced by "...".
[[nodiscard]] std::string cut_middle(std::string_view text, std::size_t width);

}  // namespace hrn::ctl
