// What the front end's networks eat, on the CPU; a device's own way is checked by the golden numbers there.
#include "worker/hrn/front/input_batch.hpp"

#include <gtest/gtest.h>

#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/landmarks_68.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/s3fd_boxes.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"

namespace hrn::front {
namespace {

std::vector<float> numbers_of(InputKind kind, const NetworkInput& input) {
    const InputBatch batch(kind, {});
    const NetworkInputs twice = {input, input};
    const at::Tensor x = batch.normalised(batch.stage(twice));
    EXPECT_EQ(x.size(0), 2);
    EXPECT_EQ(x.size(1), 3);
    EXPECT_EQ(x.size(2), batch.side());
    const at::Tensor second = x.select(0, 1).contiguous();
    return {second.data_ptr<float>(), second.data_ptr<float>() + second.numel()};
}

TEST(InputBatch, NormalisesAsEachNetworkWantsIt) {
    const Photo photo = image::smooth_image(256, 256, 4);
    const cv::Mat rgb = image::matrix_of(photo);
    const cv::Mat crop = rgb(cv::Rect(0, 0, 224, 224)).clone();
    EXPECT_EQ(numbers_of(InputKind::landmarks_106, {crop, 0, 0}), input_106(crop));
    EXPECT_EQ(numbers_of(InputKind::s3fd, {crop, 0, 0}), s3fd_input(crop));
    EXPECT_EQ(numbers_of(InputKind::fan, {rgb, 0, 0}), fan_input(rgb));
}

TEST(InputBatch, PlacesASmallerPictureOnTheDetectorsSquare) {
    const Photo photo = image::smooth_image(600, 300, 4);
    const RetinaInput input = retina_input(image::matrix_of(photo));
    const NetworkInput picture{input.resized, input.left, input.top};
    const std::vector<float> numbers = numbers_of(InputKind::retina, picture);
    EXPECT_EQ(numbers, retina_planes(picture));
    EXPECT_EQ(numbers[0], 0) << "beside the picture";
}

TEST(InputBatch, RefusesAPictureOfAWrongSize) {
    const InputBatch batch(InputKind::fan, {});
    const NetworkInputs small = {{cv::Mat(224, 224, CV_8UC3), 0, 0}};
    EXPECT_THROW(static_cast<void>(batch.stage(small)), std::invalid_argument);
    const InputBatch detector(InputKind::retina, {});
    const NetworkInputs outside = {{cv::Mat(512, 512, CV_8UC3), 1, 0}};
    EXPECT_THROW(static_cast<void>(detector.stage(outside)), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::front
