// Where hrn-ctl writes, and what may be written there. Made once in main (a test makes its own).
#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace hrn::ctl {

enum class Colour { plain, green, yellow, red, bold };

struct Console {
    std::ostream& out;      // what was asked for
    std::ostream& err;      // complaints and the progress bar
    bool colour = false;    // out is a terminal, and NO_COLOR is not set
    bool progress = false;  // err is a terminal

    // `text` in a colour if colours are on.
    [[nodiscard]] std::string paint(std::string_view text, Colour colour) const;
    // For the process's own stdout and stderr.
    [[nodiscard]] static Console standard();
};

// Of a state of the service, a worker or a task.
[[nodiscard]] Colour colour_of_state(std::string_view state);

}  // namespace hrn::ctl
