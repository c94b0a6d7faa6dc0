#include "supervisor/ctl/console.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

namespace hrn::ctl {
namespace {

bool allows_colour() {
    const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: any value that is not empty
    const char* terminal = std::getenv("TERM");
    return (no_color == nullptr || *no_color == '\0') &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string_view code_of(Colour colour) {
    switch (colour) {
        case Colour::green:
            return "\x1B[32m";
        case Colour::yellow:
            return "\x1B[33m";
        case Colour::red:
            return "\x1B[31m";
        case Colour::bold:
            return "\x1B[1m";
        case Colour::plain:
            break;
    }
    return "";
}

}  // namespace

std::string Console::paint(std::string_view text, Colour which) const {
    if (!colour || which == Colour::plain) {
        return std::string(text);
    }
    return std::string(code_of(which)).append(text).append("\x1B[0m");
}

Console Console::standard() {
    return {std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1 && allows_colour(),
            ::isatty(STDERR_FILENO) == 1};
}

Colour colour_of_state(std::string_view state) {
    constexpr std::array<std::string_view, 5> good = {"running", "ready", "busy", "done", "open"};
    constexpr std::array<std::string_view, 7> bad = {"degraded", "failed", "quarantined", "crashed",
                                                     "killing",  "down",   "closed"};
    if (std::find(good.begin(), good.end(), state) != good.end()) {
        return Colour::green;
    }
    return std::find(bad.begin(), bad.end(), state) != bad.end() ? Colour::red : Colour::yellow;
}

}  // namespace hrn::ctl
