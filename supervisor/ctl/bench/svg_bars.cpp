#include "supervisor/ctl/bench/svg_bars.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace hrn::ctl {
namespace {

constexpr double kPicture = 720, kPanel = 240, kLeft = 70, kRight = 20, kTop = 50, kBottom = 50;
constexpr int kTicks = 4;
constexpr std::array<const char*, 4> kColours = {"#2b6cb0", "#dd6b20", "#2f855a", "#805ad5"};

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out;
}

std::string label(double x, double y, const std::string& text, const char* anchor = "middle") {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
           escaped(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
    return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" +
           number(y2) + "\" " + style + "/>\n";
}

// A round number at or above `value`: 1, 2 or 5 times a power of ten.
double round_up(double value) {
    const double power = std::pow(10, std::floor(std::log10(std::max(value, 1e-9))));
    for (const double step : {1.0, 2.0, 2.5, 4.0, 5.0, 10.0}) {
        if (step * power >= value) {
            return step * power;
        }
    }
    return 10 * power;
}

double highest(const BarPanel& panel) {
    double most = panel.line;
    for (const BarSeries& series : panel.series) {
        for (std::size_t i = 0; i < series.values.size(); ++i) {
            most = std::max(most, series.values[i] + (i < series.errors.size() ? series.errors[i] : 0));
        }
    }
    return round_up(most);
}

std::string draw(const BarPanel& panel, double top) {
    const double bottom = top + kPanel - kBottom, upper = top + kTop;
    const double most = highest(panel);
    const auto y_of = [&](double value) { return bottom - (bottom - upper) * value / most; };
    std::string out = label(kLeft, top + 20, panel.title, "start");
    for (int i = 0; i <= kTicks; ++i) {
        const double value = most * i / kTicks;
        out += line(kLeft, y_of(value), kPicture - kRight, y_of(value), "stroke=\"#ddd\"");
        out += label(kLeft - 8, y_of(value) + 4, number(value), "end");
    }
    const double group_width = (kPicture - kLeft - kRight) / static_cast<double>(panel.groups.size());
    const double bar = std::min(60.0, 0.8 * group_width / static_cast<double>(panel.series.size()));
    for (std::size_t g = 0; g < panel.groups.size(); ++g) {
        const double centre = kLeft + group_width * (static_cast<double>(g) + 0.5);
        out += label(centre, bottom + 18, panel.groups[g]);
        for (std::size_t s = 0; s < panel.series.size(); ++s) {
            const BarSeries& series = panel.series[s];
            if (g >= series.values.size() || series.values[g] < 0) {
                continue;
            }
            const double x =
                centre + bar * (static_cast<double>(s) - static_cast<double>(panel.series.size()) / 2);
            const double y = y_of(series.values[g]);
            out += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(0.9 * bar) +
                   "\" height=\"" + number(bottom - y) + "\" fill=\"" + kColours[s % kColours.size()] +
                   "\"/>\n";
            char shown[32];
            std::snprintf(shown, sizeof shown, "%.3g", series.values[g]);
            out += label(x + 0.45 * bar, y - 4, shown);
            if (g < series.errors.size() && series.errors[g] > 0) {
                out += line(x + 0.45 * bar, y_of(series.values[g] - series.errors[g]), x + 0.45 * bar,
                            y_of(series.values[g] + series.errors[g]), "stroke=\"black\"");
            }
        }
    }
    if (panel.line > 0) {
        out += line(kLeft, y_of(panel.line), kPicture - kRight, y_of(panel.line),
                    "stroke=\"#c53030\" stroke-dasharray=\"6 4\"");
    }
    return out;
}

}  // namespace

std::string svg_bars(const std::string& title, const std::vector<BarPanel>& panels) {
    const double height = 40 + kPanel * static_cast<double>(panels.size()) + 30;
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(kPicture) +
                      "\" height=\"" + number(height) + "\" font-family=\"sans-serif\" font-size=\"12\">\n" +
                      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
                      label(kPicture / 2, 24, title);
    double top = 30;
    for (const BarPanel& panel : panels) {
        out += draw(panel, top);
        top += kPanel;
    }
    if (!panels.empty()) {
        double x = kLeft;
        for (std::size_t s = 0; s < panels.front().series.size(); ++s) {
            out += "<rect x=\"" + number(x) + "\" y=\"" + number(height - 26) +
                   "\" width=\"12\" height=\"12\" fill=\"" + kColours[s % kColours.size()] + "\"/>\n" +
                   label(x + 18, height - 15, panels.front().series[s].name, "start");
            x += 130;
        }
    }
    return out + "</svg>\n";
}

}  // namespace hrn::ctl
