// A long series of rounds, one for each N: which of them are wanted, and which part of these is one process's
// own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hrn::test {

// The part of one of several processes that share the rounds.
struct Share {
    std::uint64_t index = 0;  // of this process; < of
    std::uint64_t of = 1;

    [[nodiscard]] bool is_mine(std::uint64_t round) const { return round % of == index; }
};

struct Series {
    std::uint64_t seed = 1;
    std::uint64_t stride = 1;         // only every so many-th N
    std::optional<std::uint64_t> at;  // only this N, to repeat a failure
    std::string kind;                 // only rows of this name; empty: all
    Share share;

    [[nodiscard]] std::uint64_t first() const { return at.value_or(1 + seed % stride); }
    [[nodiscard]] bool wants(std::string_view row) const { return kind.empty() || kind == row; }
    // How a failure at N is repeated.
    [[nodiscard]] std::string again(const char* option, std::string_view row, std::uint64_t n) const {
        return "--seed " + std::to_string(seed) + " --" + option + " 1 --kind '" + std::string(row) +
               "' --at " + std::to_string(n);
    }
};

}  // namespace hrn::test
