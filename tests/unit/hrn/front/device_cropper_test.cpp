// Pictures cut and warped on a device against the CPU's functions: the same bytes. Skipped without a device.
#include "worker/hrn/front/device_cropper.hpp"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <random>

#include "tests/unit/hrn/front/some_contours.hpp"
#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/landmark_crop.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/torch_pictures.hpp"
#include "worker/hrn/image/long_side.hpp"

namespace hrn::front {
namespace {

Photo noise_photo(int width, int height, unsigned seed) {
    Photo photo{width, height, {}};
    std::mt19937 random(seed);
    for (int i = 0; i < 3 * width * height; ++i) {
        photo.rgb.push_back(static_cast<std::uint8_t>(random()));
    }
    return photo;
}

class DeviceCropperTest : public testing::Test {
protected:
    void SetUp() override {
        if (!at::hasCUDA()) {
            GTEST_SKIP() << "no CUDA device";
        }
        turn_ = std::make_unique<DeviceTurn>(true);
        cropper_ = std::make_unique<DeviceCropper>(c10::Device(c10::kCUDA, 0), *turn_);
    }
    std::vector<std::uint8_t> bytes_of(const at::Tensor& pictures) {
        at::Tensor here;
        turn_->run([&] { here = pictures.to(c10::kCPU, true); });
        return {here.data_ptr<std::uint8_t>(), here.data_ptr<std::uint8_t>() + here.numel()};
    }
    at::Tensor on_device(const cv::Mat& picture) {
        const at::Tensor bytes =
            at::empty({1, picture.rows, picture.cols, 3}, c10::TensorOptions().dtype(c10::kByte));
        std::copy(picture.datastart, picture.dataend, bytes.data_ptr<std::uint8_t>());
        return bytes.to(c10::Device(c10::kCUDA, 0));
    }
    static std::vector<std::uint8_t> of(const cv::Mat& picture) {
        return {picture.datastart, picture.dataend};
    }

    c10::InferenceMode inference_;
    Crew crew_{2};
    std::unique_ptr<DeviceTurn> turn_;
    std::unique_ptr<DeviceCropper> cropper_;
};

TEST_F(DeviceCropperTest, CropAIsTheCpus) {
    const Photo photo = noise_photo(613, 701, 1);
    const cv::Mat rgb = image::matrix_of(photo);
    std::vector<PhotoCut> cuts;
    std::vector<std::uint8_t> want;
    for (const std::array<double, 4>& square : {std::array<double, 4>{100, 120, 300, 300},
                                                {-90, -60, 333, 333},
                                                {400, 500, 448, 448},
                                                {-200, -200, 1200, 1200},
                                                {250, 250, 31, 31},
                                                {-300, 0, 250, 250}}) {
        cuts.push_back({rgb, landmark_frame(rgb.size(), square).wanted});
        const std::vector<std::uint8_t> crop = of(cut_landmark_crop(rgb, square).image);
        want.insert(want.end(), crop.begin(), crop.end());
    }
    EXPECT_EQ(bytes_of(cropper_->cut(cuts, {.side = crop_a_side, .cubic = true}, crew_)), want);
}

TEST_F(DeviceCropperTest, CropsForThe106PointsAreTheCpus) {
    const Photo photo = noise_photo(800, 800, 2);
    const cv::Mat rgb = image::matrix_of(photo);
    const at::Tensor there = on_device(rgb);
    std::vector<PictureCut> cuts;
    std::vector<std::uint8_t> want;
    // The third is halved: its square is 448 pixels wide.
    for (const Box& box :
         {Box{220, 150, 580, 640}, Box{-20, -10, 300, 450}, Box{200, 200, 530.8518, 530.8518},
          Box{500, 400, 900, 1000}, Box{0, 0, 799, 799}, Box{399, 399, 402, 401}}) {
        cuts.push_back({0, frame_106(rgb.size(), box).wanted});
        const std::vector<std::uint8_t> crop = of(crop_106(rgb, box).image);
        want.insert(want.end(), crop.begin(), crop.end());
    }
    EXPECT_EQ(cuts[2].wanted.width, 448);
    EXPECT_EQ(bytes_of(cropper_->cut(there, cuts, {.side = crop_106_side, .border = border_106})), want);
}

TEST_F(DeviceCropperTest, TheEnlargementIsTheCpusWithItsChannelsSwapped) {
    const Photo photo = noise_photo(224, 224, 3);
    cv::Mat want;
    cv::cvtColor(enlarge_crop(photo.rgb), want, cv::COLOR_RGB2BGR);
    const at::Tensor large =
        cropper_->cut(on_device(image::matrix_of(photo)), std::vector<PictureCut>{{0, {0, 0, 224, 224}}},
                      {.side = enlarged_side, .cubic = true, .swapped = true});
    EXPECT_EQ(bytes_of(large), of(want));
    cv::resize(want, want, cv::Size(512, 512), 0, 0, cv::INTER_LINEAR);
    EXPECT_EQ(bytes_of(cropper_->cut(large, std::vector<PictureCut>{{0, {0, 0, 800, 800}}}, {.side = 512})),
              of(want));
}

TEST_F(DeviceCropperTest, AlignedCropsAreTheCpus) {
    const Photo photo = noise_photo(700, 900, 4);
    std::vector<CropFrames> faces;
    // Inside; small; reaching beyond the photo; not resized at all.
    for (const WeakPerspective& fit : {WeakPerspective{350, 500, 130}, WeakPerspective{300, 400, 40},
                                       WeakPerspective{20, 880, 200}, WeakPerspective{350, 450, 102}}) {
        faces.push_back({&photo, crop_frame(fit, photo.width, photo.height, 224),
                         crop_frame(fit, photo.width, photo.height, 512)});
    }
    EXPECT_EQ(faces[3].small.width, photo.width);
    const AlignedCrops crops = cropper_->aligned_crops(faces, crew_);
    ASSERT_EQ(crops.bytes.size(), faces.size());
    std::vector<std::uint8_t> all;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        EXPECT_EQ(crops.bytes[i].image_224, cut_crop(photo, faces[i].small)) << i;
        EXPECT_EQ(crops.bytes[i].image_512, cut_crop(photo, faces[i].large)) << i;
        all.insert(all.end(), crops.bytes[i].image_224.begin(), crops.bytes[i].image_224.end());
    }
    EXPECT_EQ(bytes_of(tensor_of(*crops.small)), all);
}

TEST_F(DeviceCropperTest, WarpsAreTheCpus) {
    const Photo photo = noise_photo(224, 224, 5);
    const at::Tensor there = on_device(image::matrix_of(photo));
    std::vector<WarpOrder> orders;
    for (unsigned seed = 1; seed <= 24; ++seed) {
        orders.push_back({0, some_contours(seed)});
    }
    FaceContours outside = some_contours(1);
    outside.box = {790, 790, 830, 830};
    orders.push_back({0, outside});  // no room
    const auto warped = cropper_->warped(there, orders, crew_);
    ASSERT_EQ(warped.size(), orders.size());
    int changed = 0;
    for (std::size_t i = 0; i < orders.size(); ++i) {
        const auto want = fat_face(photo.rgb, orders[i].contours);
        ASSERT_EQ(warped[i].has_value(), want.has_value()) << i;
        if (want) {
            EXPECT_EQ(*warped[i], *want) << i;
            changed += *want != photo.rgb ? 1 : 0;
        }
    }
    EXPECT_FALSE(warped.back());
    EXPECT_GT(changed, 5);
}

TEST_F(DeviceCropperTest, NoPicturesAreNoWork) {
    EXPECT_EQ(cropper_->cut(std::span<const PhotoCut>(), {.side = 224, .cubic = true}, crew_).size(0), 0);
    EXPECT_TRUE(cropper_->aligned_crops({}, crew_).bytes.empty());
}

}  // namespace
}  // namespace hrn::front
