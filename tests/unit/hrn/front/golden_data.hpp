// Reads tests/data/golden/front for the tests of image and front: arrays by their manifest id, and the
// comparison that the manifest asks for (its strides and its tolerance).
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "worker/hrn/types.hpp"
#include "worker/model/npy_file.hpp"

namespace hrn::golden_data {

inline const std::string folder = std::string(HRN_TEST_DATA_DIR) + "/golden/front/";

inline const nlohmann::json& manifest() {
    static const nlohmann::json document = nlohmann::json::parse(std::ifstream(folder + "manifest.json"));
    return document;
}

inline const nlohmann::json& entry(const std::string& id) {
    return manifest().at("arrays").at(id);
}

// What the file holds; for a subsampled array that is not the whole.
inline std::vector<double> numbers(const std::string& id) {
    return model::read_npy(folder + entry(id).at("file").get<std::string>()).to_doubles();
}

// The elements of a whole row-major array that the file of `id` keeps.
template <typename Number>
std::vector<double> sampled(const std::string& id, const std::vector<Number>& whole) {
    const auto shape = entry(id).at("full_shape").get<std::vector<std::size_t>>();
    const std::size_t flat = entry(id).value("flat_stride", std::size_t{1});
    auto stride = entry(id).value("stride", std::vector<std::size_t>{});
    stride.resize(shape.size(), 1);
    std::vector<double> kept;
    std::size_t expected = 1;
    for (const std::size_t side : shape) {
        expected *= side;
    }
    EXPECT_EQ(whole.size(), expected) << id << ": another size than the golden array";
    if (whole.size() != expected) {
        return kept;
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::size_t rest = i;
        bool keep = i % flat == 0;
        for (std::size_t axis = shape.size(); keep && axis-- > 0;) {
            keep = rest % shape[axis] % stride[axis] == 0;
            rest /= shape[axis];
        }
        if (keep) {
            kept.push_back(static_cast<double>(whole[i]));
        }
    }
    return kept;
}

// Every kept element within the manifest's tolerance. Returns the largest difference.
template <typename Number>
double expect_golden(const std::string& id, const std::vector<Number>& whole) {
    const std::vector<double> got = sampled(id, whole);
    const std::vector<double> want = numbers(id);
    EXPECT_EQ(got.size(), want.size()) << id;
    const auto& tolerance = entry(id).at("tol");
    const double absolute = tolerance.at("abs");
    const double relative = tolerance.at("rel");
    double largest = 0;
    std::size_t outside = 0;
    for (std::size_t i = 0; i < std::min(got.size(), want.size()); ++i) {
        const double difference = std::abs(got[i] - want[i]);
        largest = std::max(largest, difference);
        outside += difference <= absolute + relative * std::abs(want[i]) ? 0 : 1;
    }
    EXPECT_EQ(outside, 0U) << id << ": " << outside << " of " << want.size()
                           << " elements outside the tolerance, largest difference " << largest;
    return largest;
}

}  // namespace hrn::golden_data
