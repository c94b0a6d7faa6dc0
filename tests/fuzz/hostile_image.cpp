#include <cstdlib>

#include "tests/fuzz/hostile_bytes.hpp"
#include "worker/hrn/image/image_probe.hpp"

namespace hrn::fuzz {
namespace {

std::string big_endian(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) {
        text += static_cast<char>((value >> (8 * i)) & 0xFF);
    }
    return text;
}

std::string little_endian(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) {
        text += static_cast<char>((value >> (8 * i)) & 0xFF);
    }
    return text;
}

std::string png() {
    return std::string("\x89PNG\r\n\x1a\n", 8) + big_endian(13, 4) + "IHDR" + big_endian(64, 4) +
           big_endian(64, 4) + std::string("\x08\x02\0\0\0", 5) + big_endian(0, 4) + big_endian(0, 4) +
           "IDAT" + big_endian(0, 4) + big_endian(0, 4) + "IEND" + big_endian(0xAE426082U, 4);
}

std::string jpeg() {
    return std::string("\xFF\xD8\xFF\xE1", 4) + big_endian(34, 2) + std::string("Exif\0\0MM\0*", 10) +
           big_endian(8, 4) + big_endian(1, 2) + big_endian(0x0112, 2) + big_endian(3, 2) + big_endian(1, 4) +
           big_endian(6 << 16, 4) + big_endian(0, 4) + std::string("\xFF\xC0", 2) + big_endian(17, 2) +
           "\x08" + big_endian(64, 2) + big_endian(64, 2) +
           std::string("\x03\x01\x11\0\x02\x11\x01\x03\x11\x01", 10) +
           std::string("\xFF\xDA\0\x08\x01\x01\0\0\x3F\0", 10) + "data" + std::string("\xFF\xD9", 2);
}

std::string bmp() {
    return "BM" + little_endian(54 + 64 * 64 * 3, 4) + little_endian(0, 4) + little_endian(54, 4) +
           little_endian(40, 4) + little_endian(64, 4) + little_endian(64, 4) + little_endian(1, 2) +
           little_endian(24, 2) + std::string(24, '\0') + std::string(300, 'x');
}

std::string webp() {
    return "RIFF" + little_endian(30, 4) + "WEBPVP8X" + little_endian(10, 4) + std::string("\x02\0\0\0", 4) +
           little_endian(63, 3) + little_endian(63, 3) + "ANIM" + little_endian(0, 4);
}

std::string tiff() {
    std::string text = std::string("II*\0", 4) + little_endian(8, 4) + little_endian(6, 2);
    for (const auto& [tag, value] : {std::pair<std::uint32_t, std::uint32_t>{256, 64},
                                     {257, 64},
                                     {258, 8},
                                     {273, 100},
                                     {278, 64},
                                     {279, 4096}}) {
        text += little_endian(tag, 2) + little_endian(4, 2) + little_endian(1, 4) + little_endian(value, 4);
    }
    return text + little_endian(8, 4);  // the next directory is this one again
}

}  // namespace

void read_image_header(Bytes bytes) {
    const image::ProbeLimits limits;
    const image::ProbeResult result = image::probe(bytes, limits);
    if (!result.error) {
        if (result.info.width * result.info.height > limits.max_pixels ||
            result.info.width < limits.min_side || result.info.frames < 1 || result.info.orientation < 1 ||
            result.info.orientation > 8) {
            std::abort();  // accepted against its own limits
        }
        static_cast<void>(image::check_whole(bytes, result.info));
    }
}

std::vector<std::string> image_seeds() {
    return {png(), jpeg(), bmp(), webp(), tiff()};
}

}  // namespace hrn::fuzz
