// RetinaFace around its network: what goes in, and what its raw numbers mean (front.md 2).
//
// Pure functions, any thread, no Torch. Raw outputs are row-major float32 of `retina_rows` rows.
#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "worker/hrn/front/network_input.hpp"

namespace hrn::front {

inline constexpr int retina_side = 512;
inline constexpr int retina_rows = 10752;  // priors of a 512 x 512 input

// Height and width after the long side became 512, rounded half to even.
[[nodiscard]] std::array<int, 2> retina_size(int height, int width);

struct RetinaInput {
    cv::Mat resized;  // 8 bit, before normalisation
    int left = 0;     // of the padding
    int top = 0;
    int image_width = 0;
    int image_height = 0;
};
// `rgb`: 8 bit, 3 channels, in the order that the network is to see.
[[nodiscard]] RetinaInput retina_input(const cv::Mat& rgb);

// Of RGB, each rounded to float32 as officially.
struct RetinaNormalisation {
    std::array<float, 3> mean{};
    std::array<float, 3> reciprocal{};  // of the deviation
};
[[nodiscard]] RetinaNormalisation retina_normalisation();

// 3 x 512 x 512, normalised, then padded with 0.
[[nodiscard]] std::vector<float> retina_planes(const NetworkInput& input);

// Prior boxes of an input of that size: rows of centre x, centre y, width, height, in shares of the size.
[[nodiscard]] std::vector<float> retina_priors(int height, int width);

// Boxes (n x 4 corners) and landmarks (n x 10) in shares of the input's size.
[[nodiscard]] std::vector<float> decode_boxes(const std::vector<float>& offsets,
                                              const std::vector<float>& priors);
[[nodiscard]] std::vector<float> decode_landmarks(const std::vector<float>& offsets,
                                                  const std::vector<float>& priors);
// Softmax of each row's two numbers: the face's share.
[[nodiscard]] std::vector<float> face_scores(const std::vector<float>& confidences);

struct RetinaRaw {
    std::vector<float> confidences;  // rows x 2
    std::vector<float> offsets;      // rows x 4
    std::vector<float> landmarks;    // rows x 10
};

struct RetinaFace {
    std::array<int, 4> box{};  // x1, y1, x2, y2 in pixels of the image; may reach beyond it
    double score = 0;
    std::array<int, 10> landmarks{};
};

struct RetinaFaces {
    std::vector<float> scores;      // of all rows
    std::vector<float> boxes;       // rows x 4, pixels of the network's input
    std::vector<float> landmarks;   // rows x 10, the same
    std::vector<int> candidates;    // rows above the score limit, by falling score
    std::vector<int> kept;          // after non-maximum suppression
    std::vector<RetinaFace> faces;  // those of `kept` that touch the image; the first is the one used
};
// Everything, as the golden numbers want it.
[[nodiscard]] RetinaFaces retina_faces(const RetinaRaw& raw, const RetinaInput& input);

// Its `faces` alone, to the bit, without decoding the thousands of rows that are none. `raw.landmarks` may be
// empty: the faces' landmarks, which HRN does not use, are 0 then.
[[nodiscard]] std::vector<RetinaFace> best_faces(const RetinaRaw& raw, const RetinaInput& input);

}  // namespace hrn::front
