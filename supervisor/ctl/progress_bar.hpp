// One line that is redrawn: "[#######       ] 12 of 20, 1 failed". Nothing at all where stderr is no
// terminal.
#pragma once

#include <cstdint>
#include <string>

#include "supervisor/ctl/console.hpp"

namespace hrn::ctl {

// The line, at most 79 characters.
[[nodiscard]] std::string progress_line(std::uint64_t finished, std::uint64_t total, std::uint64_t failed);

class ProgressBar {
public:
    explicit ProgressBar(const Console& console) : console_(console) {}
    ~ProgressBar();  // wipes the line
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(std::uint64_t finished, std::uint64_t total, std::uint64_t failed);
    void note(const std::string& text);  // instead of the bar: "waiting for the supervisor"
    [[nodiscard]] bool visible() const { return console_.progress; }

private:
    const Console& console_;
    std::size_t drawn_ = 0;
};

}  // namespace hrn::ctl
