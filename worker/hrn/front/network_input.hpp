// What the official front end gives its networks: 8-bit pictures. On a device they are normalised there, a
// quarter of the bytes to move and nothing for the CPU to do; on the CPU by the functions of each network's
// own file, whose numbers are the reference.
//
// A NetworkInput shares its pixels with whoever made it and is good while they are.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace hrn::front {

struct NetworkInput {
    cv::Mat rgb;  // 8 bit, 3 channels, in the order that the network is to see
    // Of the picture on the network's square; what it leaves free is 0 after normalisation. Only RetinaFace's
    // pictures may be smaller than the square.
    int left = 0;
    int top = 0;
};

using NetworkInputs = std::vector<NetworkInput>;

enum class InputKind : std::uint8_t { retina, landmarks_106, s3fd, fan };

}  // namespace hrn::front
