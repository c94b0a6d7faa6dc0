#include "supervisor/ctl/progress_bar.hpp"

#include <algorithm>

namespace hrn::ctl {

std::string progress_line(std::uint64_t finished, std::uint64_t total, std::uint64_t failed) {
    constexpr std::uint64_t kCells = 40;
    const std::uint64_t whole = std::max<std::uint64_t>(total, 1);
    const auto cells = static_cast<std::size_t>(kCells * std::min(finished, whole) / whole);
    std::string line = "[";
    line.append(cells, '#').append(kCells - cells, ' ').append("] ");
    line.append(std::to_string(finished)).append(" of ").append(std::to_string(total));
    if (failed > 0) {
        line.append(", ").append(std::to_string(failed)).append(" failed");
    }
    return line.substr(0, 79);
}

ProgressBar::~ProgressBar() {
    note("");
    if (visible()) {
        console_.err << "\r" << std::flush;
    }
}

void ProgressBar::show(std::uint64_t finished, std::uint64_t total, std::uint64_t failed) {
    note(progress_line(finished, total, failed));
}

void ProgressBar::note(const std::string& text) {
    if (visible()) {
        console_.err << "\r" << text << std::string(drawn_ - std::min(drawn_, text.size()), ' ')
                     << std::flush;
        drawn_ = text.size();
    }
}

}  // namespace hrn::ctl
