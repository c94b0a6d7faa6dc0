// The look at image files before any decoder. Headers are written by hand here, so this file needs no image
// library; committed files are used where a real encoder's bytes matter. Add a case to a table where one
// fits.
#include "worker/hrn/image/image_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/hrn/image/test_files.hpp"

namespace hrn::image {
namespace {

using image_tests::Bytes;
using image_tests::bytes_of;
using image_tests::data_dir;
using image_tests::read_file;
using image_tests::Writer;
using namespace std::string_view_literals;
using ::testing::HasSubstr;

// --- files by hand -------------------------------------------------------------------------------

Bytes png(std::uint64_t width, std::uint64_t height, int bits = 8, int colour = 2) {
    return Writer()
        .text("\x89PNG\r\n\x1A\n"sv)
        .big(13, 4)
        .text("IHDR")
        .big(width, 4)
        .big(height, 4)
        .big(bits, 1)
        .big(colour, 1)
        .big(0, 3)
        .big(0, 4)  // checksum, not looked at here
        .big(1, 4)
        .text("IDATx")
        .big(0, 4)
        .big(0, 4)
        .text("IEND")
        .big(0, 4)
        .bytes;
}

Bytes exif_block(int orientation) {
    return Writer()
        .text("II*\0"sv)
        .little(8, 4)
        .little(1, 2)
        .little(274, 2)
        .little(3, 2)
        .little(1, 4)
        .little(orientation, 4)
        .little(0, 4)
        .bytes;
}

Bytes jpeg(std::uint64_t width, std::uint64_t height, int frame_marker = 0xC0, int bits = 8, int scans = 1,
           bool end = true, int orientation = 1) {
    Writer file;
    file.text("\xFF\xD8"sv);
    const Bytes exif = exif_block(orientation);
    file.text("\xFF\xE1"sv).big(2 + 6 + exif.size(), 2).text("Exif\0\0"sv).add(exif);
    file.text("\xFF"sv).big(frame_marker, 1).big(17, 2).big(bits, 1).big(height, 2).big(width, 2).big(3, 1);
    file.big(0, 9);
    for (int i = 0; i < scans; ++i) {
        file.text("\xFF\xDA"sv).big(12, 2).big(0, 10).text("data\xFF\0more\xFF\xD0"sv);
    }
    if (end) {
        file.text("\xFF\xD9"sv);
    }
    return file.bytes;
}

Bytes bmp(std::int64_t width, std::int64_t height, int bits = 24, int compression = 0,
          std::size_t pixels = 0) {
    Writer file;
    file.text("BM").little(0, 4).little(0, 4).little(54, 4).little(40, 4);
    file.little(static_cast<std::uint32_t>(width), 4).little(static_cast<std::uint32_t>(height), 4);
    file.little(1, 2).little(bits, 2).little(compression, 4).little(0, 20);
    file.bytes.resize(file.bytes.size() + pixels);
    return file.bytes;
}

Bytes webp_extended(std::uint64_t width, std::uint64_t height, int frames, int orientation) {
    Writer chunks;
    chunks.text("VP8X").little(10, 4).little(0x0A, 4).little(width - 1, 3).little(height - 1, 3);
    for (int i = 0; i < frames; ++i) {
        chunks.text("ANMF").little(16, 4).little(0, 16);
    }
    const Bytes exif = exif_block(orientation);
    chunks.text("EXIF").little(exif.size(), 4).add(exif);
    return Writer().text("RIFF").little(4 + chunks.bytes.size(), 4).text("WEBP").add(chunks.bytes).bytes;
}

struct TiffOptions {
    bool big_endian = false;
    std::uint64_t width = 40;
    std::uint64_t height = 30;
    int bits = 8;
    int orientation = 1;
    std::uint64_t strip_at = 8;
    std::uint64_t strip_bytes = 4;
    std::uint64_t next_directory = 0;
};

Bytes tiff(const TiffOptions& options) {
    Writer file;
    const auto put = [&](std::uint64_t value, int count) {
        options.big_endian ? file.big(value, count) : file.little(value, count);
    };
    const auto entry = [&](int tag, std::uint64_t value) {
        put(tag, 2);
        put(4, 2);
        put(1, 4);
        put(value, 4);
    };
    file.text(options.big_endian ? "MM\0*"sv : "II*\0"sv);
    put(12, 4);
    file.text("data");
    put(7, 2);
    entry(256, options.width);
    entry(257, options.height);
    entry(258, options.bits);
    entry(273, options.strip_at);
    entry(274, options.orientation);
    entry(277, 3);
    entry(279, options.strip_bytes);
    put(options.next_directory, 4);
    return file.bytes;
}

std::string code_of(const Bytes& file, const ProbeLimits& limits = {}) {
    const ProbeResult result = probe(file, limits);
    if (result.error) {
        return std::string(face_error_name(result.error->code));
    }
    const auto fault = check_whole(file, result.info);
    return fault ? std::string(face_error_name(fault->code)) : "fine";
}

// --- what is accepted ------------------------------------------------------------------------------

struct Accepted {
    const char* what;
    Bytes file;
    Format format;
    std::uint64_t width, height;
    int bits, channels, orientation, frames;
};

class ProbeAccepts : public testing::TestWithParam<Accepted> {};

TEST_P(ProbeAccepts, AndReadsTheHeader) {
    const Accepted& want = GetParam();
    const ProbeResult got = probe(want.file);
    ASSERT_FALSE(got.error) << got.error->message;
    EXPECT_EQ(got.info.format, want.format);
    EXPECT_EQ(got.info.width, want.width);
    EXPECT_EQ(got.info.height, want.height);
    EXPECT_EQ(got.info.bits_per_channel, want.bits);
    EXPECT_EQ(got.info.channels, want.channels);
    EXPECT_EQ(got.info.orientation, want.orientation);
    EXPECT_EQ(got.info.frames, want.frames);
}

INSTANTIATE_TEST_SUITE_P(
    , ProbeAccepts,
    testing::Values(Accepted{"JpegBaseline", jpeg(640, 480), Format::jpeg, 640, 480, 8, 3, 1, 1},
                    Accepted{"JpegProgressiveTurned", jpeg(640, 480, 0xC2, 8, 10, true, 6), Format::jpeg, 640,
                             480, 8, 3, 6, 1},
                    Accepted{"JpegWithNonsenseOrientation", jpeg(64, 48, 0xC0, 8, 1, true, 9), Format::jpeg,
                             64, 48, 8, 3, 1, 1},
                    Accepted{"Png", png(640, 480), Format::png, 640, 480, 8, 3, 1, 1},
                    Accepted{"PngSixteenBitGrey", png(64, 48, 16, 0), Format::png, 64, 48, 16, 1, 1, 1},
                    Accepted{"Bmp", bmp(64, 48, 24, 0, 48 * 192), Format::bmp, 64, 48, 8, 3, 1, 1},
                    Accepted{"BmpTopDown", bmp(64, -48, 32, 0, 48 * 256), Format::bmp, 64, 48, 8, 4, 1, 1},
                    Accepted{"WebpAnimation", webp_extended(400, 300, 3, 8), Format::webp, 400, 300, 8, 3, 8,
                             3},
                    Accepted{"TiffLittleEndian", tiff({}), Format::tiff, 40, 30, 8, 3, 1, 1},
                    Accepted{"TiffBigEndianTurned", tiff({.big_endian = true, .bits = 16, .orientation = 3}),
                             Format::tiff, 40, 30, 16, 3, 3, 1},
                    Accepted{"TiffWhoseDirectoriesRunInACircle", tiff({.next_directory = 12}), Format::tiff,
                             40, 30, 8, 3, 1, 64}),
    [](const auto& info) { return info.param.what; });

TEST(Probe, ReadsCommittedFilesOfRealEncoders) {
    const auto jpeg_info = probe(read_file(data_dir + "/golden/front/decode_exif6.jpg"));
    ASSERT_FALSE(jpeg_info.error);
    EXPECT_EQ(jpeg_info.info.width, 64U);
    EXPECT_EQ(jpeg_info.info.height, 48U);
    EXPECT_EQ(jpeg_info.info.orientation, 6);
    const auto png_info = probe(read_file(data_dir + "/astronaut.png"));
    ASSERT_FALSE(png_info.error);
    EXPECT_EQ(png_info.info.width, 512U);
    EXPECT_EQ(png_info.info.channels, 3);
}

// --- what is refused -------------------------------------------------------------------------------

struct Refused {
    const char* what;
    Bytes file;
    const char* code;
    const char* said;  // part of the message
};

class ProbeRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ProbeRefuses, WithItsCodeAndAClearSentence) {
    const Refused& want = GetParam();
    const ProbeResult got = probe(want.file);
    std::optional<FaceError> error = got.error;
    if (!error) {
        error = check_whole(want.file, got.info);
    }
    ASSERT_TRUE(error);
    EXPECT_EQ(face_error_name(error->code), want.code);
    EXPECT_THAT(error->message, HasSubstr(want.said));
    EXPECT_EQ(error->message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    , ProbeRefuses,
    testing::Values(
        Refused{"EmptyFile", {}, "empty_file", "empty"},
        Refused{"Text", bytes_of("Dear photographer,\n"), "unsupported_format", "text"},
        Refused{"Gif", bytes_of("GIF89a\x01\0\x01\0"sv), "unsupported_format", "GIF"},
        Refused{"Heic",
                bytes_of("\0\0\0\x18"
                         "ftypheic\0\0\0\0"sv),
                "unsupported_format", "HEIC"},
        Refused{"Zeros", Bytes(100), "unsupported_format", "no image format"},
        Refused{"OneByte", bytes_of("\xFF"), "unsupported_format", "no image format"},
        Refused{"LosslessJpeg", jpeg(64, 64, 0xC3), "unsupported_format", "lossless"},
        Refused{"TwelveBitJpeg", jpeg(64, 64, 0xC1, 12), "unsupported_format", "12 bits"},
        Refused{"JpegWithoutEnd", jpeg(64, 64, 0xC0, 8, 1, false), "unreadable_image", "cut short"},
        Refused{"JpegWithThousandsOfScans", jpeg(64, 64, 0xC2, 8, 5000), "unreadable_image", "500 scans"},
        Refused{"JpegWithoutHeight", jpeg(64, 0), "unreadable_image", "no pixels"},
        Refused{"JpegWithoutScan", jpeg(64, 64, 0xC0, 8, 0), "unreadable_image", "header"},
        Refused{"PngOfImpossibleDepth", png(64, 64, 4, 2), "unreadable_image", "4 bits"},
        Refused{"PngWithoutPixels", png(0, 64), "unreadable_image", "no pixels"},
        Refused{"PngBomb", png(65000, 65000), "too_many_pixels", "65000 x 65000"},
        Refused{"PngOfGreatestSides", png(0xFFFFFFFF, 0xFFFFFFFF), "too_many_pixels", "limit"},
        Refused{"TinyPng", png(15, 300), "image_too_small", "15 x 300"},
        Refused{"BmpWithMissingRows", bmp(64, 48, 24, 0, 100), "unreadable_image", "rows are missing"},
        Refused{"BmpOfSmallestHeight", bmp(64, -2147483648LL), "too_many_pixels", "2147483648"},
        Refused{"BmpOfNegativeWidth", bmp(-64, 48), "unreadable_image", "negative"},
        Refused{"BmpAroundAJpeg", bmp(64, 48, 24, 4), "unsupported_format", "wraps"},
        Refused{"WebpShorterThanItSays",
                Writer()
                    .text("RIFF")
                    .little(5000, 4)
                    .text("WEBPVP8L")
                    .little(5, 4)
                    .text("\x2F")
                    .little(99 | 99 << 14, 4)
                    .text("\0"sv)
                    .bytes,
                "unreadable_image", "bytes are missing"},
        Refused{"TiffWithoutItsStrip", tiff({.strip_at = 5000}), "unreadable_image", "beyond its end"},
        Refused{"TiffOfFloats", tiff({.bits = 32}), "unsupported_format", "32 bits"},
        Refused{"TiffWithoutDirectory", bytes_of("II*\0\xFF\xFF\xFF\xFF"sv), "unreadable_image",
                "directory"}),
    [](const auto& info) { return info.param.what; });

TEST(Probe, AppliesTheLimitThatItIsGiven) {
    const Bytes file = png(100, 100);
    EXPECT_EQ(code_of(file, {.max_pixels = 10000}), "fine");
    EXPECT_EQ(code_of(file, {.max_pixels = 9999}), "too_many_pixels");
    EXPECT_EQ(code_of(file, {.min_side = 101}), "image_too_small");
}

// --- hostile bytes ---------------------------------------------------------------------------------

std::vector<Bytes> samples() {
    std::vector<Bytes> files{png(64, 48),
                             jpeg(64, 48, 0xC2, 8, 3, true, 6),
                             bmp(64, 48, 24, 0, 48 * 192),
                             webp_extended(64, 48, 2, 5),
                             tiff({.strip_at = 8}),
                             tiff({.big_endian = true})};
    for (const char* name : {"decode_420.jpg", "decode_exif5.jpg", "decode_palette.png", "decode_rgba.png"}) {
        files.push_back(read_file(data_dir + "/golden/front/" + name));
    }
    return files;
}

TEST(Probe, RefusesEveryFileThatIsCutShort) {
    for (const Bytes& whole : samples()) {
        const std::size_t needed = probe(whole).info.format == Format::tiff ? whole.size() - 4 : whole.size();
        for (std::size_t length = 0; length < needed; ++length) {
            // A copy of exactly that length, so that a sanitizer sees every read beyond it.
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
            ASSERT_NE(code_of(cut), "fine") << format_name(probe(whole).info.format) << " cut to " << length
                                            << " of " << whole.size() << " bytes";
        }
    }
}

TEST(Probe, HasAVerdictForEveryMutatedHeader) {
    const std::vector<std::string> verdicts{"fine", "unsupported_format", "unreadable_image",
                                            "too_many_pixels", "image_too_small"};
    for (const Bytes& original : samples()) {
        for (std::uint64_t seed = 0; seed < 3000; ++seed) {
            ASSERT_THAT(verdicts, testing::Contains(code_of(image_tests::mutated(original, seed)))) << seed;
        }
    }
}

}  // namespace
}  // namespace hrn::image
