// Which part of a long series of rounds is one process's own, when several share it.
#pragma once

#include <cstdint>

namespace hrn::test {

struct Share {
    std::uint64_t index = 0;  // of this process; < of
    std::uint64_t of = 1;

    [[nodiscard]] bool is_mine(std::uint64_t round) const { return round % of == index; }
};

}  // namespace hrn::test
