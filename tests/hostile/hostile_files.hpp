// Broken image files of every accepted format, made from a seed: mutations of sound files, and what is known
// to hurt decoders: absurd headers, decompression bombs, corner cases of ICC, EXIF and IPTC, thousands of
// progressive scans, directory loops, animations, other formats under an image's name.
//
// Pure: the same seed, number and sound files give the same bytes on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hrn::hostile {

struct File {
    std::string name;  // says what was done to it; its extension is one that the service takes
    std::string bytes;
};

// Sound files to begin with, by extension.
struct Sound {
    std::string jpg, progressive_jpg, png, bmp, webp, tif;
};

// The crafted ones, the same for every seed.
[[nodiscard]] std::vector<File> crafted(const Sound& sound);
// The number-th mutation of one of the sound files.
[[nodiscard]] File mutated(const Sound& sound, std::uint64_t seed, std::uint64_t number);

}  // namespace hrn::hostile
