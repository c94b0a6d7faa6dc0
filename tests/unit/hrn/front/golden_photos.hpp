// The photos of the golden cases.
#pragma once

#include <cstddef>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "worker/hrn/image/decode.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"

namespace hrn::golden_data {

inline Photo astronaut() {
    std::ifstream file(std::string(HRN_TEST_DATA_DIR) + "/astronaut.png", std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    return image::decode(std::as_bytes(std::span(bytes)));
}

inline Photo photo_of(const std::string& golden_case) {
    return golden_case == "astronaut" ? astronaut() : image::smooth_image(700, 460, 1);
}

}  // namespace hrn::golden_data
