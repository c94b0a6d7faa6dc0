// Stands in for the four networks of the official front end: it "finds" what a test put into the picture, in
// raw outputs as the real networks give them. So the whole chain runs in milliseconds.
//
// What RetinaFace's stand-in sees is the middle pixel of its input: black: no face; white: a face in the
// corner (beside the photo if that is narrow); anything else: one in the middle and a less sure one.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "tests/unit/hrn/front/golden_data.hpp"
#include "worker/hrn/front/official_networks.hpp"
#include "worker/hrn/front/points.hpp"

namespace hrn::front {

class FakeNetworks final : public OfficialNetworks {
public:
    FakeNetworks() {
        // Without weights the square is a fixed multiple of the five points' spread, around their mean.
        regressor_.w1.assign(2000, 0);
        regressor_.b1.assign(200, 0);
        regressor_.w2.assign(600, 0);
        regressor_.b2 = {-2.7, -2.9, 40};
    }

    std::vector<RetinaRaw> retina(const NetworkInputs& inputs, bool /*landmarks*/) const override {
        std::vector<RetinaRaw> all;
        for (const NetworkInput& input : inputs) {
            ++images_seen_;
            RetinaRaw raw;
            for (int row = 0; row < retina_rows; ++row) {
                raw.confidences.insert(raw.confidences.end(), {4.0F, -4.0F});
            }
            raw.offsets.assign(std::size_t{4} * retina_rows, 0);
            raw.landmarks.assign(std::size_t{10} * retina_rows, 0);
            const auto middle =
                static_cast<int>(input.rgb.at<cv::Vec3b>(256 - input.top, 256 - input.left)[0]);
            constexpr int black = 7;
            constexpr int white = 253;
            constexpr int first_coarse_row = 8192 + 2048;  // of the 16 x 16 map with anchors of 256 and 512
            if (middle > black && middle < white) {
                put_face(raw, first_coarse_row + 2 * (7 * 16 + 7), 3.0F);    // 256 pixels in the middle
                put_face(raw, first_coarse_row + 2 * (15 * 16 + 15), 2.0F);  // a second one, less sure
            } else if (middle >= white) {
                put_face(raw, first_coarse_row, 3.0F);  // in the corner
            }
            all.push_back(std::move(raw));
        }
        return all;
    }

    std::vector<std::vector<float>> logits_106(const NetworkInputs& inputs) const override {
        // Row and column of the 14 x 14 heat map; the row is x.
        constexpr std::array<std::array<int, 3>, 5> five{
            {{74, 5, 5}, {83, 9, 5}, {54, 7, 7}, {84, 5, 9}, {90, 9, 9}}};
        std::vector<float> logits(std::size_t{106} * 196, 0);
        for (int point = 0; point < 106; ++point) {
            // The others on a line from side to side, so that their bounds make a box.
            logits[std::size_t{196} * point + std::size_t{14} * (2 + point % 11) + 7] = 30;
        }
        for (const auto& [point, row, column] : five) {
            std::fill_n(logits.begin() + std::ptrdiff_t{196} * point, 196, 0.0F);
            logits[std::size_t{196} * point + std::size_t{14} * row + column] = 30;
        }
        return std::vector<std::vector<float>>(inputs.size(), logits);
    }

    std::vector<S3fdRaw> s3fd(const NetworkInputs& inputs) const override {
        S3fdRaw raw;
        constexpr int sides[] = {56, 28, 14, 11, 6, 3};
        for (int level = 0; level < s3fd_levels; ++level) {
            const int cells = sides[level] * sides[level];
            raw[level].height = raw[level].width = sides[level];
            raw[level].classes.assign(cells, 5.0F);
            raw[level].classes.resize(std::size_t{2} * cells, -5.0F);
            raw[level].offsets.assign(std::size_t{4} * cells, 0.0F);
        }
        if (finds_in_crop) {
            constexpr int cells = 36;  // stride 64, boxes of 256 pixels
            raw[4].classes[7] = -5.0F;
            raw[4].classes[cells + 7] = 5.0F;
        }
        return std::vector<S3fdRaw>(inputs.size(), raw);
    }

    std::vector<std::vector<float>> heat_maps(const NetworkInputs& inputs) const override {
        // A real face's points in a 224 crop, scaled to the heat map.
        const std::vector<double> face = golden_data::numbers("astronaut.align_img.lm_224");
        std::vector<float> heat(std::size_t{68} * 4096, 0);
        for (int point = 0; point < 68; ++point) {
            const int column = std::clamp(static_cast<int>(face[2 * point] * 64 / 224), 0, 63);
            const int row = std::clamp(static_cast<int>((223 - face[2 * point + 1]) * 64 / 224), 0, 63);
            heat[std::size_t{4096} * point + std::size_t{64} * row + column] = 1;
        }
        return std::vector<std::vector<float>>(inputs.size(), heat);
    }

    const SquareRegressor& square_regressor() const override { return regressor_; }

    bool finds_in_crop = true;
    [[nodiscard]] int images_seen() const { return images_seen_; }

private:
    static void put_face(RetinaRaw& raw, int row, float confidence) {
        raw.confidences[2 * row] = -confidence;
        raw.confidences[2 * row + 1] = confidence;
    }

    SquareRegressor regressor_;
    mutable int images_seen_ = 0;
};

}  // namespace hrn::front
