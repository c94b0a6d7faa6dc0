#include "supervisor/ctl/table.hpp"

#include <algorithm>
#include <numeric>

namespace hrn::ctl {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The first `count` characters of `text`, or the last.
std::string_view first(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    while (end < text.size() && count > 0) {
        ++end;
        while (end < text.size() && is_continuation(text[end])) {
            ++end;
        }
        --count;
    }
    return text.substr(0, end);
}
std::string_view last(std::string_view text, std::size_t count) {
    std::size_t begin = text.size();
    while (begin > 0 && count > 0) {
        --begin;
        while (begin > 0 && is_continuation(text[begin])) {
            --begin;
        }
        --count;
    }
    return text.substr(begin);
}

constexpr std::size_t kGap = 2;        // between columns
constexpr std::size_t kNarrowest = 8;  // a column that is cut keeps this much

}  // namespace

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string cut_middle(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) {
        return std::string(text);
    }
    if (width <= 3) {
        return std::string(first(text, width));
    }
    const std::size_t kept = width - 3;
    return std::string(first(text, kept - kept / 2)).append("...").append(last(text, kept / 2));
}

void Table::add(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = display_width(columns_[i].title);
        for (const auto& row : rows_) {
            width = std::max(width, display_width(row[i]));
        }
        widths.push_back(width);
    }
    // The widest column that may be cut gives way, one character at a time.
    const std::size_t gaps = kGap * (columns_.size() - 1);
    while (std::accumulate(widths.begin(), widths.end(), gaps) > kWidth) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].may_be_cut && widths[i] > kNarrowest &&
                (widest == columns_.size() || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == columns_.size()) {
            break;  // nothing can be cut further; the terminal will wrap
        }
        --widths[widest];
    }
    return widths;
}

void Table::print(const Console& console) const {
    const std::vector<std::size_t> widths = this->widths();
    const auto print_row = [&](const std::vector<std::string>& cells, bool title) {
        std::string line;
        std::size_t missing = 0;  // spaces owed before the next cell; none at the end of a line
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const std::string cell = cut_middle(cells[i], widths[i]);
            const std::size_t padding = widths[i] - std::min(widths[i], display_width(cell));
            const bool right = columns_[i].align == Align::right;
            line.append(missing + (right ? padding : 0), ' ');
            const Colour colour = title                               ? Colour::bold
                                  : columns_[i].title == state_title_ ? colour_of_state(cells[i])
                                                                      : Colour::plain;
            line += console.paint(cell, colour);
            missing = kGap + (right ? 0 : padding);
        }
        console.out << line << "\n";
    };
    std::vector<std::string> titles;
    for (const Column& column : columns_) {
        titles.push_back(column.title);
    }
    print_row(titles, true);
    for (const auto& row : rows_) {
        print_row(row, false);
    }
}

}  // namespace hrn::ctl
