// Numbers from a seed, the same on every machine: a failed round is repeated by its seed and number.
#pragma once

#include <cstdint>
#include <random>

namespace hrn::test {

class Random {
public:
    Random(std::uint64_t seed, std::uint64_t round) : engine_(seed * 0x9E3779B97F4A7C15U + round) {}

    // low … high, both included.
    [[nodiscard]] int between(int low, int high) {
        return low + static_cast<int>(engine_() % static_cast<std::uint64_t>(high - low + 1));
    }
    [[nodiscard]] bool chance(int percent) { return between(1, 100) <= percent; }
    [[nodiscard]] std::uint64_t number() { return engine_(); }

private:
    std::mt19937_64 engine_;
};

}  // namespace hrn::test
