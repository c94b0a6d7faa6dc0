// Arrays of tests/data/golden/core for tests of single operations: read whole or thinned, and compared by the
// manifest's kind of bound (mean and 99.9 % quantile of the absolute difference).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "worker/hrn/core/vec3.hpp"
#include "worker/model/npy_file.hpp"

namespace hrn::core {

inline std::vector<double> golden_numbers(const std::string& name) {
    return model::read_npy(std::string(HRN_TEST_DATA_DIR) + "/golden/core/" + name + ".npy").to_doubles();
}

// A (1, C, H, W) array that is stored whole, as a map with interleaved channels.
inline Map golden_planar(const std::string& name, int channels, int height, int width) {
    const std::vector<double> numbers = golden_numbers(name);
    Map map(height, width, channels);
    EXPECT_EQ(numbers.size(), map.values.size()) << name;
    const std::size_t pixels = map.pixels();
    for (std::size_t i = 0; i < std::min(numbers.size(), map.values.size()); ++i) {
        map.values[i % pixels * static_cast<std::size_t>(channels) + i / pixels] =
            static_cast<float>(numbers[i]);
    }
    return map;
}

inline Map golden_interleaved(const std::string& name, int height, int width, int channels) {
    const std::vector<double> numbers = golden_numbers(name);
    Map map(height, width, channels);
    EXPECT_EQ(numbers.size(), map.values.size()) << name;
    std::copy(numbers.begin(), numbers.end(), map.values.begin());
    return map;
}

// Compares a map with a (1, C, H, W) array of which every `stride`-th row and column is stored.
inline void expect_golden(const Map& map, const std::string& name, int stride, double mean_bound,
                          double p999_bound) {
    const std::vector<double> want = golden_numbers(name);
    std::vector<double> errors;
    std::size_t next = 0;
    for (int c = 0; c < map.channels; ++c) {
        for (int y = 0; y < map.height; y += stride) {
            for (int x = 0; x < map.width; x += stride) {
                ASSERT_LT(next, want.size()) << name;
                errors.push_back(std::fabs(static_cast<double>(map.at(y, x)[c]) - want[next++]));
            }
        }
    }
    ASSERT_EQ(next, want.size()) << name;
    double sum = 0;
    for (const double e : errors) {
        sum += e;
    }
    std::sort(errors.begin(), errors.end());
    EXPECT_LE(sum / static_cast<double>(errors.size()), mean_bound) << name;
    EXPECT_LE(errors[(errors.size() - 1) * 999 / 1000], p999_bound) << name;
}

}  // namespace hrn::core
