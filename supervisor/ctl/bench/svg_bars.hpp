// A picture of groups of bars, as SVG text: one panel above the other, each with an axis, a group for each
// configuration and a bar for each series. Pure.
#pragma once

#include <string>
#include <vector>

namespace hrn::ctl {

struct BarSeries {
    std::string name;
    std::vector<double> values;  // one a group; below 0: no bar
    std::vector<double> errors;  // half-length of the error line; may be empty
};

struct BarPanel {
    std::string title;
    std::vector<std::string> groups;
    std::vector<BarSeries> series;
    double line = 0;  // a dashed line at this value; 0: none
};

[[nodiscard]] std::string svg_bars(const std::string& title, const std::vector<BarPanel>& panels);

}  // namespace hrn::ctl
