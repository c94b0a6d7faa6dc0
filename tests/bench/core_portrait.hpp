// The golden portrait as the core takes it, for the programs that time the core.
//
// Any thread. Throws model::ModelError when an array cannot be read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "worker/hrn/types.hpp"
#include "worker/model/npy_file.hpp"

namespace hrn::bench {

inline std::vector<std::uint8_t> golden_bytes(const std::string& folder, const std::string& name) {
    const std::vector<double> numbers = model::read_npy(folder + "/" + name + ".npy").to_doubles();
    return {numbers.begin(), numbers.end()};
}

// `folder`: golden core arrays.
inline AlignedFace core_portrait(const std::string& folder) {
    AlignedFace face;
    face.image_224 = golden_bytes(folder, "input_image_224");
    face.image_512 = golden_bytes(folder, "input_image_512");
    face.mask_224 = golden_bytes(folder, "input_face_mask_224");
    face.texture_target_224 = golden_bytes(folder, "input_image_for_tex_224");
    const std::vector<double> landmarks = model::read_npy(folder + "/input_landmarks_224.npy").to_doubles();
    std::copy(landmarks.begin(), landmarks.end(), face.landmarks_224.begin());
    return face;
}

}  // namespace hrn::bench
