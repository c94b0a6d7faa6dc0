#include "tests/hostile/hostile_files.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace hrn::hostile {
namespace {

using std::string;

string number(std::uint32_t value, int bytes, bool big) {
    string text;
    for (int i = 0; i < bytes; ++i) {
        text += static_cast<char>((value >> (8 * (big ? bytes - 1 - i : i))) & 0xFF);
    }
    return text;
}
string big(std::uint32_t value, int bytes = 4) {
    return number(value, bytes, true);
}
string little(std::uint32_t value, int bytes = 4) {
    return number(value, bytes, false);
}
string bytes(const char* text, std::size_t size) {
    return {text, size};
}

std::uint32_t crc_of(const string& text) {
    std::uint32_t crc = ~0U;
    for (const char c : text) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
        }
    }
    return ~crc;
}

// --- PNG
// ------------------------------------------------------------------------------------------------------
string chunk(const string& kind, const string& data) {
    return big(static_cast<std::uint32_t>(data.size())) + kind + data + big(crc_of(kind + data));
}
string png_header(std::uint32_t width, std::uint32_t height, int depth, int colour) {
    return bytes("\x89PNG\r\n\x1a\n", 8) + chunk("IHDR", big(width) + big(height) + static_cast<char>(depth) +
                                                             static_cast<char>(colour) + bytes("\0\0\0", 3));
}
// Before the first chunk after the header of a sound PNG.
string with_chunk(const string& png, const string& extra) {
    constexpr std::size_t kHeader = 33;
    return png.substr(0, kHeader) + extra + png.substr(kHeader);
}

void add_pngs(std::vector<File>& files, const string& sound) {
    const string end = chunk("IEND", "");
    const string little_data = chunk("IDAT", bytes("\x78\x9c\x03\0\0\0\0\x01", 8));
    for (const auto& [width, height] : {std::pair<std::uint32_t, std::uint32_t>{60000, 60000},
                                        {0x7FFFFFFF, 0x7FFFFFFF},
                                        {0xFFFFFFFF, 1},
                                        {0, 0},
                                        {1, 0x7FFFFFFF}}) {
        files.push_back({"png-" + std::to_string(width) + "x" + std::to_string(height) + ".png",
                         png_header(width, height, 8, 2) + little_data + end});
    }
    for (const int depth : {0, 3, 16, 255}) {
        files.push_back({"png-depth-" + std::to_string(depth) + ".png",
                         png_header(64, 64, depth, 2) + little_data + end});
    }
    files.push_back({"png-no-data.png", png_header(64, 64, 8, 2) + end});
    files.push_back({"png-chunk-of-4-gigabytes.png", png_header(64, 64, 8, 2) + big(0xFFFFFFFF) + "IDAT"});
    files.push_back({"png-bad-profile.png", with_chunk(sound, chunk("iCCP", bytes("x\0\0garbage", 10)))});
    files.push_back({"png-profile-bomb.png",
                     with_chunk(sound, chunk("iCCP", "x" + string(2, '\0') + string(200'000, 'x')))});
    files.push_back({"png-text-bomb.png",
                     with_chunk(sound, chunk("zTXt", "k" + string(2, '\0') + string(100'000, '\0')))});
    files.push_back(
        {"png-animation.png",
         with_chunk(sound, chunk("acTL", big(0xFFFFFFFF) + big(0)) +
                               chunk("fcTL", big(0) + big(60000) + big(60000) + string(14, '\0')))});
    string many;
    for (int i = 0; i < 5000; ++i) {
        many += chunk("tEXt", "k");
    }
    files.push_back({"png-5000-texts.png", with_chunk(sound, many)});
    files.push_back({"png-palette-missing.png", png_header(64, 64, 8, 3) + little_data + end});
}

// --- JPEG
// -----------------------------------------------------------------------------------------------------
string segment(int marker, const string& data) {
    return bytes("\xFF", 1) + static_cast<char>(marker) +
           big(static_cast<std::uint32_t>(data.size() + 2), 2) + data;
}
// After the start marker of a sound JPEG.
string with_segment(const string& jpeg, const string& extra) {
    return jpeg.substr(0, 2) + extra + jpeg.substr(2);
}
// The position of a marker in a JPEG, npos if it has none.
std::size_t find_marker(const string& jpeg, int marker) {
    return jpeg.find(bytes("\xFF", 1) + static_cast<char>(marker));
}

string exif(const string& directory) {
    return segment(0xE1, bytes("Exif\0\0MM\0*", 10) + big(8) + directory);
}

void add_jpegs(std::vector<File>& files, const Sound& sound) {
    const string& jpg = sound.jpg;
    files.push_back({"jpg-orientation-9.jpg", with_segment(jpg, exif(big(1, 2) + big(0x0112, 2) + big(3, 2) +
                                                                     big(1) + big(9U << 16) + big(0)))});
    files.push_back({"jpg-exif-loop.jpg", with_segment(jpg, exif(big(0, 2) + big(8)))});
    files.push_back({"jpg-exif-65535-entries.jpg", with_segment(jpg, exif(big(0xFFFF, 2)))});
    files.push_back({"jpg-exif-far-away.jpg", with_segment(jpg, exif(big(1, 2) + big(0x0112, 2) + big(2, 2) +
                                                                     big(0x7FFFFFFF) + big(0xFFFFFFF0)))});
    files.push_back(
        {"jpg-profile-part-9-of-3.jpg",
         with_segment(jpg, segment(0xE2, bytes("ICC_PROFILE\0\x09\x03", 14) + string(1000, 'x')))});
    files.push_back({"jpg-iptc.jpg", with_segment(jpg, segment(0xED, bytes("Photoshop 3.0\0"
                                                                           "8BIM",
                                                                           18) +
                                                                         string(60'000, '\xFF')))});
    string comments;
    for (int i = 0; i < 2000; ++i) {
        comments += segment(0xFE, "x");
    }
    files.push_back({"jpg-2000-comments.jpg", with_segment(jpg, comments)});
    files.push_back({"jpg-no-end.jpg", jpg.substr(0, jpg.size() - 2)});
    files.push_back({"jpg-half.jpg", jpg.substr(0, jpg.size() / 2)});
    files.push_back({"jpg-starts-only.jpg", bytes("\xFF\xD8", 2)});
    files.push_back({"jpg-fill-bytes.jpg", jpg.substr(0, 2) + string(100'000, '\xFF') + jpg.substr(2)});
    files.push_back({"jpg-twice.jpg", jpg + jpg});
    if (const std::size_t frame = find_marker(jpg, 0xC0); frame != string::npos) {
        for (const auto& [height, width] :
             {std::pair<std::uint32_t, std::uint32_t>{65535, 65535}, {0, 64}, {65535, 16}}) {
            string changed = jpg;
            changed.replace(frame + 5, 4, big(height, 2) + big(width, 2));
            files.push_back(
                {"jpg-" + std::to_string(width) + "x" + std::to_string(height) + ".jpg", changed});
        }
        string components = jpg;
        components[frame + 9] = '\xFF';
        files.push_back({"jpg-255-components.jpg", components});
    }
    // Every scan once more, thousands of times.
    const string& progressive = sound.progressive_jpg;
    if (const std::size_t scans = find_marker(progressive, 0xDA); scans != string::npos) {
        const string scan = progressive.substr(scans, progressive.size() - 2 - scans);
        string many = progressive.substr(0, scans);
        while (many.size() < 3'000'000) {
            many += scan;
        }
        files.push_back({"jpg-thousands-of-scans.jpg", many + bytes("\xFF\xD9", 2)});
    }
}

// --- BMP, WebP, TIFF
// ----------------------------------------------------------------------------------------------
void add_bmps(std::vector<File>& files) {
    const auto header = [](std::uint32_t width, std::uint32_t height, std::uint32_t bits,
                           std::uint32_t compression, std::uint32_t colours) {
        return "BM" + little(1078) + little(0) + little(54) + little(40) + little(width) + little(height) +
               little(1, 2) + little(bits, 2) + little(compression) + little(0) + little(0) + little(0) +
               little(colours) + little(0);
    };
    files.push_back({"bmp-huge.bmp", header(60000, 60000, 24, 0, 0)});
    files.push_back({"bmp-negative.bmp", header(0x80000000, 0x80000000, 24, 0, 0)});
    files.push_back({"bmp-upside-down.bmp",
                     header(64, static_cast<std::uint32_t>(-64), 24, 0, 0) + string(64 * 64 * 3, 'x')});
    files.push_back(
        {"bmp-endless-runs.bmp", header(64, 64, 8, 1, 256) + string(1024, 'c') + string(50'000, '\0')});
    files.push_back({"bmp-4-billion-colours.bmp", header(64, 64, 8, 0, 0xFFFFFFFF) + string(8192, 'x')});
    files.push_back({"bmp-33-bits.bmp", header(64, 64, 33, 0, 0) + string(8192, 'x')});
}

void add_webps(std::vector<File>& files, const string& sound) {
    const auto extended = [](std::uint32_t size, const string& more) {
        return "RIFF" + little(size) + "WEBPVP8X" + little(10) + bytes("\x1E\0\0\0", 4) +
               bytes("\xFF\xFF\xFF\xFF\xFF\xFF", 6) + more;
    };
    files.push_back({"webp-huge-canvas.webp", extended(22, "")});
    files.push_back(
        {"webp-frame-of-4-gigabytes.webp", extended(100, "ANMF" + little(0xFFFFFFF0) + string(60, 'x'))});
    files.push_back(
        {"webp-lies-about-its-size.webp", sound.substr(0, 4) + little(0xFFFFFFF0) + sound.substr(8)});
    files.push_back({"webp-half.webp", sound.substr(0, sound.size() / 2)});
    files.push_back({"webp-profile.webp", extended(60, "ICCP" + little(30) + string(30, '\xFF'))});
}

void add_tiffs(std::vector<File>& files, const string& sound) {
    const auto entry = [](std::uint32_t tag, std::uint32_t type, std::uint32_t count, std::uint32_t value) {
        return little(tag, 2) + little(type, 2) + little(count) + little(value);
    };
    const string start = bytes("II*\0", 4) + little(8);
    const auto directory = [&](std::uint32_t width, std::uint32_t height, std::uint32_t strips,
                               std::uint32_t next) {
        return start + little(6, 2) + entry(256, 4, 1, width) + entry(257, 4, 1, height) +
               entry(258, 3, 1, 8) + entry(273, 4, strips, 100) + entry(278, 4, 1, height) +
               entry(279, 4, strips, 0xFFFFFFF0) + little(next);
    };
    files.push_back({"tif-loop.tif", directory(64, 64, 1, 8)});
    files.push_back({"tif-huge.tif", directory(60000, 60000, 1, 0)});
    files.push_back({"tif-4-billion-strips.tif", directory(64, 64, 0xFFFFFFFF, 0)});
    files.push_back({"tif-65535-entries.tif", start + little(0xFFFF, 2)});
    files.push_back({"tif-directory-far-away.tif", bytes("MM\0*", 4) + big(0xFFFFFFF0)});
    files.push_back({"tif-half.tif", sound.substr(0, sound.size() / 2)});
    files.push_back({"tif-bigtiff.tif", bytes("II+\0\x08\0\0\0", 8) + string(64, '\xFF')});
}

void add_foreigners(std::vector<File>& files) {
    const std::pair<const char*, string> others[] = {
        {"gif", "GIF89a" + string(2000, '\xFF')},
        {"pdf", "%PDF-1.7\n" + string(2000, ' ')},
        {"html", "<!doctype html><html>" + string(2000, 'x')},
        {"elf", bytes("\x7F"
                      "ELF\x02\x01\x01",
                      7) +
                    string(2000, '\0')},
        {"zip", bytes("PK\x03\x04", 4) + string(2000, '\0')},
        {"svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"99999999\" height=\"99999999\"/>"},
        {"heic", bytes("\0\0\0\x18"
                       "ftypheic",
                       12) +
                     string(2000, '\0')},
        {"psd", "8BPS" + string(2000, '\xFF')},
        {"exr", bytes("\x76\x2f\x31\x01", 4) + string(2000, '\xFF')},
        {"pfm", "PF\n99999 99999\n-1.0\n"},
        {"ppm", "P6 99999 99999 255\n"},
        {"hdr", "#?RADIANCE\n\n-Y 99999 +X 99999\n"},
        {"zeros", string(100'000, '\0')},
        {"one-byte", "\xFF"},
        {"empty", ""},
    };
    for (const auto& [kind, text] : others) {
        for (const char* extension : {"jpg", "png", "tif"}) {
            files.push_back({string(kind) + "-as-" + extension + "." + extension, text});
        }
    }
}

}  // namespace

std::vector<File> crafted(const Sound& sound) {
    std::vector<File> files;
    add_pngs(files, sound.png);
    add_jpegs(files, sound);
    add_bmps(files);
    add_webps(files, sound.webp);
    add_tiffs(files, sound.tif);
    add_foreigners(files);
    return files;
}

File mutated(const Sound& sound, std::uint64_t seed, std::uint64_t number) {
    std::mt19937_64 random(seed * 0x9E3779B97F4A7C15U + number);
    const std::array<std::pair<const char*, const string*>, 6> bases = {{{"jpg", &sound.jpg},
                                                                         {"jpeg", &sound.progressive_jpg},
                                                                         {"png", &sound.png},
                                                                         {"bmp", &sound.bmp},
                                                                         {"webp", &sound.webp},
                                                                         {"tif", &sound.tif}}};
    const auto& [extension, base] = bases[number % bases.size()];
    string text = *base;
    for (auto left = 1 + random() % 12; left > 0 && !text.empty(); --left) {
        // Headers are where it hurts: half of the changes lie in the first 200 bytes.
        const std::size_t reach = random() % 2 == 0 ? std::min<std::size_t>(text.size(), 200) : text.size();
        const std::size_t at = random() % reach;
        switch (random() % 6) {
            case 0:
                text[at] = static_cast<char>(random());
                break;
            case 1:
                text[at] = static_cast<char>(text[at] ^ (1 << (random() % 8)));
                break;
            case 2:
                text.replace(at, std::min<std::size_t>(4, text.size() - at),
                             random() % 2 == 0 ? "\xFF\xFF\xFF\xFF" : bytes("\0\0\0\0", 4));
                break;
            case 3:
                text.erase(at, 1 + random() % 64);
                break;
            case 4:
                text.insert(at, text.substr(random() % text.size(), 1 + random() % 64));
                break;
            default:
                text.resize(std::max<std::size_t>(at, 1));
        }
    }
    return {"mutation-" + std::to_string(number) + "." + extension, text};
}

}  // namespace hrn::hostile
