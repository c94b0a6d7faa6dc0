// Decoding real bytes. Files are made here with OpenCV's encoders, or are those of the golden numbers; no
// test depends on a decoder's exact message.
#include "worker/hrn/image/decode.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/unit/hrn/front/golden_data.hpp"
#include "tests/unit/hrn/image/test_files.hpp"
#include "worker/hrn/image/first_frame.hpp"
#include "worker/hrn/image/jpeg_pixels.hpp"
#include "worker/hrn/image/long_side.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"

namespace hrn::image {
namespace {

using image_tests::Bytes;
using image_tests::data_dir;
using image_tests::read_file;
using image_tests::Writer;

// A BGR matrix of the photo, as encoders want it.
cv::Mat bgr_of(const Photo& photo) {
    cv::Mat bgr(photo.height, photo.width, CV_8UC3);
    for (int i = 0; i < photo.width * photo.height; ++i) {
        for (int c = 0; c < 3; ++c) {
            bgr.data[3 * i + c] = photo.rgb[3 * i + 2 - c];
        }
    }
    return bgr;
}

Bytes encode(const std::string& extension, const cv::Mat& image, const std::vector<int>& parameters = {}) {
    std::vector<std::uint8_t> bytes;
    EXPECT_TRUE(cv::imencode(extension, image, bytes, parameters));
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    return Bytes(first, first + bytes.size());
}

std::string code_of(const Bytes& file) {
    try {
        (void)decode(file);
        return "fine";
    } catch (const FaceFailure& failure) {
        return std::string(face_error_name(failure.error().code));
    }
}

class DecodeGolden : public testing::TestWithParam<const char*> {};

TEST_P(DecodeGolden, EqualsPil) {
    std::string name = GetParam();
    const Photo photo = decode(read_file(data_dir + "/golden/front/" + name));
    name[name.find('.')] = '_';
    EXPECT_EQ(golden_data::expect_golden("pure.decode_file." + name, photo.rgb), 0);
    const auto shape = golden_data::entry("pure.decode_file." + name).at("full_shape");
    EXPECT_EQ(photo.height, shape[0]);
    EXPECT_EQ(photo.width, shape[1]);
}

INSTANTIATE_TEST_SUITE_P(Files, DecodeGolden,
                         testing::Values("decode_420.jpg", "decode_exif5.jpg", "decode_exif6.jpg",
                                         "decode_gray.png", "decode_la.png", "decode_palette.png",
                                         "decode_rgba.png"),
                         [](const auto& info) {
                             std::string name = info.param;
                             name[name.find('.')] = '_';
                             return name;
                         });

class DecodeLossless : public testing::TestWithParam<const char*> {};

TEST_P(DecodeLossless, GivesBackThePixels) {
    const Photo photo = smooth_image(37, 52, 2);
    std::vector<int> parameters;
    if (std::string(GetParam()) == ".webp") {
        parameters = {cv::IMWRITE_WEBP_QUALITY, 101};
    }
    const Photo got = decode(encode(GetParam(), bgr_of(photo), parameters));
    EXPECT_EQ(got.width, 52);
    EXPECT_EQ(got.height, 37);
    EXPECT_EQ(got.rgb, photo.rgb);
}

INSTANTIATE_TEST_SUITE_P(Formats, DecodeLossless, testing::Values(".png", ".bmp", ".tiff", ".webp"),
                         [](const auto& info) { return std::string(info.param).substr(1); });

// What OpenCV makes of a JPEG file, as RGB.
std::vector<std::uint8_t> rgb_by_opencv(const Bytes& file) {
    const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1, const_cast<std::byte*>(file.data()));
    cv::Mat image = cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
    return {image.datastart, image.dataend};
}

TEST(JpegPixels, AreOpenCvsForEachKindOfFile) {
    const cv::Mat colours = bgr_of(smooth_image(211, 173, 3));
    cv::Mat grey;
    cv::cvtColor(colours, grey, cv::COLOR_BGR2GRAY);
    for (const cv::Mat& picture : {colours, grey}) {
        for (const int progressive : {0, 1}) {
            for (const int quality : {30, 90, 100}) {
                for (const int restart : {0, 7}) {
                    const Bytes file =
                        encode(".jpg", picture,
                               {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_PROGRESSIVE, progressive,
                                cv::IMWRITE_JPEG_RST_INTERVAL, restart});
                    const auto got = jpeg_pixels(file, 173, 211);
                    ASSERT_TRUE(got);
                    EXPECT_EQ(*got, rgb_by_opencv(file));
                }
            }
        }
    }
}

TEST(JpegPixels, LeaveWhatIsNotInOrderToOpenCv) {
    Bytes file = encode(".jpg", bgr_of(smooth_image(60, 80, 1)));
    EXPECT_TRUE(jpeg_pixels(file, 80, 60));
    EXPECT_FALSE(jpeg_pixels(file, 81, 60)) << "another size than the header says";
    EXPECT_FALSE(jpeg_pixels(std::span(file).first(file.size() / 2), 80, 60)) << "cut off";
    EXPECT_FALSE(jpeg_pixels(std::span(file).first(2), 80, 60));
    EXPECT_FALSE(jpeg_pixels({}, 80, 60));
    std::fill(file.end() - 200, file.end() - 100, std::byte{0x5A});  // within the picture's data
    const auto damaged = jpeg_pixels(file, 80, 60);
    if (damaged) {
        EXPECT_EQ(*damaged, rgb_by_opencv(file));
    }
}

TEST(Decode, TakesTheHighByteOfSixteenBitGrey) {
    cv::Mat grey(20, 20, CV_16UC1);
    for (int i = 0; i < 400; ++i) {
        grey.at<std::uint16_t>(i / 20, i % 20) = static_cast<std::uint16_t>(i * 160);
    }
    for (const char* format : {".png", ".tiff"}) {
        const Photo got = decode(encode(format, grey));
        for (int i = 0; i < 400; ++i) {
            ASSERT_EQ(got.rgb[3 * i], i * 160 / 256) << format << " " << i;
            ASSERT_EQ(got.rgb[3 * i + 1], got.rgb[3 * i]);
        }
    }
}

// An uncompressed RGB TIFF with an orientation tag, which OpenCV's encoder does not write.
Bytes turned_tiff(const Photo& photo, int orientation, int bits) {
    Writer file;
    const int bytes_per_sample = bits / 8;
    const std::size_t data = photo.rgb.size() * bytes_per_sample;
    const std::size_t depths_at = 8 + data;
    file.text("II").little(42, 2).little(depths_at + 6, 4);
    for (const std::uint8_t sample : photo.rgb) {
        file.little(bits == 16 ? sample << 8 | 0x7F : sample, bytes_per_sample);
    }
    file.little(bits, 2).little(bits, 2).little(bits, 2);
    const auto entry = [&](int tag, int type, int count, std::uint64_t value) {
        file.little(tag, 2).little(type, 2).little(count, 4).little(value, 4);
    };
    file.little(9, 2);
    entry(256, 4, 1, photo.width);
    entry(257, 4, 1, photo.height);
    entry(258, 3, 3, depths_at);
    entry(259, 3, 1, 1);  // uncompressed
    entry(262, 3, 1, 2);  // RGB
    entry(273, 4, 1, 8);
    entry(274, 3, 1, orientation);
    entry(277, 3, 1, 3);
    entry(279, 4, 1, data);
    file.little(0, 4);
    return file.bytes;
}

TEST(Decode, TurnsATiffByItsTagEveryWay) {
    const Photo stored = smooth_image(20, 31, 4);
    for (const int bits : {8, 16}) {
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const Photo got = decode(turned_tiff(stored, orientation, bits));
            const bool turned = orientation >= 5;
            ASSERT_EQ(got.width, turned ? 20 : 31);
            ASSERT_EQ(got.height, turned ? 31 : 20);
            for (int y = 0; y < 20; ++y) {
                for (int x = 0; x < 31; ++x) {
                    // Where the stored pixel belongs: by what its first row and column are (TIFF 6.0).
                    const int right = 30 - x;
                    const int up = 19 - y;
                    const int to_x[] = {0, x, right, right, x, y, up, up, y};
                    const int to_y[] = {0, y, y, up, up, x, x, right, right};
                    const int to = 3 * (to_y[orientation] * got.width + to_x[orientation]);
                    ASSERT_EQ(got.rgb[to], stored.rgb[3 * (y * 31 + x)])
                        << "orientation " << orientation << ", " << bits << " bits";
                }
            }
        }
    }
}

Bytes animated_webp(const Photo& frame, int canvas_width, int canvas_height, int left, int top) {
    const Bytes still = encode(".webp", bgr_of(frame), {cv::IMWRITE_WEBP_QUALITY, 101});
    const Bytes data(still.begin() + 12, still.end());
    Writer chunks;
    chunks.text("VP8X")
        .little(10, 4)
        .little(0x02, 4)
        .little(canvas_width - 1, 3)
        .little(canvas_height - 1, 3);
    chunks.text("ANIM").little(6, 4).little(0, 6);
    chunks.text("ANMF").little(16 + data.size(), 4).little(left / 2, 3).little(top / 2, 3);
    chunks.little(frame.width - 1, 3).little(frame.height - 1, 3).little(100, 3).little(0, 1).add(data);
    return Writer().text("RIFF").little(4 + chunks.bytes.size(), 4).text("WEBP").add(chunks.bytes).bytes;
}

TEST(Decode, TakesTheFirstFrameOfAnAnimation) {
    const Photo frame = smooth_image(16, 24, 1);
    const Photo got = decode(animated_webp(frame, 40, 32, 6, 4));
    ASSERT_EQ(got.width, 40);
    ASSERT_EQ(got.height, 32);
    for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 24; ++x) {
            ASSERT_EQ(got.rgb[3 * ((y + 4) * 40 + x + 6) + 1], frame.rgb[3 * (y * 24 + x) + 1]);
        }
    }
    EXPECT_EQ(got.rgb[0], 0);
}

TEST(Decode, RefusesAFrameBeyondItsCanvas) {
    EXPECT_EQ(code_of(animated_webp(smooth_image(16, 24), 40, 32, 20, 4)), "unreadable_image");
}

TEST(Decode, NeverReturnsAHalfGreyPictureOfACutFile) {
    const Photo photo = smooth_image(48, 64, 5);
    const cv::Mat bgr = bgr_of(photo);
    const std::vector<Bytes> files{
        encode(".jpg", bgr),  encode(".jpg", bgr, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
        encode(".png", bgr),  encode(".bmp", bgr),
        encode(".webp", bgr), encode(".tiff", bgr)};
    for (const Bytes& whole : files) {
        const Photo reference = decode(whole);
        const std::size_t step = std::max<std::size_t>(1, whole.size() / 60);
        for (std::size_t length = 1; length < whole.size(); length += step) {
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            try {
                // What is cut off may be of no consequence (a TIFF's last tags); then nothing may be missing.
                ASSERT_EQ(decode(cut).rgb, reference.rgb) << format_name(probe(whole).info.format)
                                                          << " cut to " << length << " of " << whole.size();
            } catch (const FaceFailure&) {
            }
        }
    }
}

TEST(Decode, RefusesDamagedCompressedData) {
    Bytes file = encode(".png", bgr_of(smooth_image(48, 64)));
    for (std::size_t at = file.size() / 2; at < file.size() / 2 + 8; ++at) {
        file[at] ^= std::byte{0x55};
    }
    EXPECT_EQ(code_of(file), "unreadable_image");
}

TEST(Decode, DecodesNothingBeyondTheLimit) {
    const Bytes file = encode(".png", bgr_of(smooth_image(30, 40)));
    EXPECT_THROW((void)decode(file, {.max_pixels = 1199}), FaceFailure);
    EXPECT_NO_THROW((void)decode(file, {.max_pixels = 1200}));
}

TEST(Decode, SurvivesMutatedFiles) {
    const cv::Mat bgr = bgr_of(smooth_image(40, 40, 6));
    for (const char* format : {".jpg", ".png", ".bmp", ".webp", ".tiff"}) {
        const Bytes original = encode(format, bgr);
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            try {
                const Photo got = decode(image_tests::mutated(original, seed), {.max_pixels = 1'000'000});
                ASSERT_EQ(got.rgb.size(), std::size_t(3) * got.width * got.height);
            } catch (const FaceFailure&) {
            }
        }
    }
}

TEST(LongSide, ShrinksAsTheGoldenNumbers) {
    const Photo photo = smooth_image(2100, 1301, 7);
    const LongSide got = resize_long_side(bgr_of(photo), 1500);
    EXPECT_EQ(got.image.size(), cv::Size(929, 1500));
    golden_data::expect_golden("pure.limit.scale", std::vector<double>{got.scale});
    golden_data::expect_golden("pure.limit.bgr_1500",
                               std::vector<std::uint8_t>(got.image.datastart, got.image.dataend));
}

TEST(LongSide, LeavesAPhotoWithinTheLimitAlone) {
    const Photo photo = smooth_image(20, 2000);
    EXPECT_FALSE(exceeds_limit(photo));
    EXPECT_EQ(limit_long_side(photo).photo.rgb, photo.rgb);
    EXPECT_EQ(limit_long_side(photo).scale, 1);
}

TEST(LongSide, OfAWidePhotoIsItsWidth) {
    const LimitedPhoto got = limit_long_side(smooth_image(1000, 3000));
    EXPECT_EQ(got.photo.width, 1500);
    EXPECT_EQ(got.photo.height, 500);
    EXPECT_EQ(got.scale, 0.5);
}

TEST(LongSide, RefusesAPhotoThatIsAlmostALine) {
    EXPECT_THROW((void)limit_long_side(smooth_image(16, 3000)), FaceFailure);
}

}  // namespace
}  // namespace hrn::image
