#include "worker/model/synthetic_numbers.hpp"

#include <cstddef>
#include <string>

namespace hrn::model {

std::uint64_t fnv1a64(std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325u;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    }
    return hash;
}

std::vector<float> synthetic_tensor(std::string_view file, std::string_view name, std::int64_t count,
                                    double lo, double hi, std::uint64_t seed) {
    const std::uint64_t key = fnv1a64(std::string(file) + ":" + std::string(name)) ^ seed;
    const double width = hi - lo;
    std::vector<float> out(static_cast<std::size_t>(count));
    std::uint64_t state = key;
    for (auto& value : out) {
        state += 0x9E3779B97F4A7C15u;
        std::uint64_t z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        z = z ^ (z >> 31);
        const double u = static_cast<double>(z >> 40) * 0x1p-24;
        value = static_cast<float>(lo + width * u);
    }
    return out;
}

}  // namespace hrn::model
