// Pictures to file bytes, and colours to 8 bit, with OpenCV's encoders. Never touches the file system.
//
// Pure functions; any thread. Diagnostics: OutputError when a colour is not finite or the encoder refuses;
// std::invalid_argument for a wrong size.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "worker/hrn/output/output_set.hpp"
#include "worker/hrn/output/render.hpp"

namespace hrn::output {

// The nearest whole number, halves to even, saturated to 0..255.
[[nodiscard]] std::uint8_t to_byte(float value);

// side x side x 3 RGB, 1.0 = white, to 8 bit: times 255, rounded half to even, saturated (core.md 11). Row 0
// stays the first row: v = 1 is the top of the picture, where OBJ's v and every picture viewer want it.
Picture quantise(std::span<const float> rgb, int side);

// JPEG at `quality` 1..100.
std::string encode_jpeg(const Picture& picture, int quality);
std::string encode_png(const Picture& picture);

// A texture file: JPEG at quality 95, or PNG.
std::string encode_texture(const Picture& picture, TextureFormat format);

[[nodiscard]] const char* texture_file_name(TextureFormat format);  // "texture.jpg"
[[nodiscard]] const char* texture_mime_type(TextureFormat format);  // "image/jpeg"

}  // namespace hrn::output
