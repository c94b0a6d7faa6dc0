// hrn-ctl: what an operator types (design.md 10). Everything is in commands.cpp.
#include <exception>
#include <iostream>

#include "supervisor/ctl/commands.hpp"

int main(int argc, char** argv) {
    try {
        return hrn::ctl::run({argv + 1, argv + argc}, hrn::ctl::Console::standard());
    } catch (const std::exception& error) {
        std::cerr << "hrn-ctl: " << error.what() << "\n";
        return 1;
    }
}
