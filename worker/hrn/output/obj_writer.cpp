#include "worker/hrn/output/obj_writer.hpp"

#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "worker/hrn/output/fixed6.hpp"

namespace hrn::output {

namespace {

// Collects short pieces in a block of its own before it bothers the string: one append per 32 KB.
class TextSink {
public:
    explicit TextSink(std::string& out) : out_(out) {}
    TextSink(const TextSink&) = delete;
    TextSink& operator=(const TextSink&) = delete;

    // Room for `chars` more; advance() says how far it was used.
    char* room(std::size_t chars) {
        if (block_.size() - used_ < chars) {
            flush();
        }
        return block_.data() + used_;
    }
    void advance(const char* end) { used_ = static_cast<std::size_t>(end - block_.data()); }
    void flush() {
        out_.append(block_.data(), used_);
        used_ = 0;
    }

private:
    std::string& out_;
    std::array<char, 32768> block_;
    std::size_t used_ = 0;
};

// One line per `width` numbers: "v 0.100000 -0.200000 0.300000".
void append_lines(std::string& out, std::string_view keyword, std::span<const float> numbers,
                  std::size_t width) {
    TextSink sink(out);
    for (std::size_t i = 0; i < numbers.size(); i += width) {
        char* p = sink.room(keyword.size() + width * (1 + max_fixed6_chars) + 1);
        std::memcpy(p, keyword.data(), keyword.size());
        p += keyword.size();
        for (std::size_t k = 0; k < width; ++k) {
            *p++ = ' ';
            p = write_fixed6(p, numbers[i + k]);
        }
        *p++ = '\n';
        sink.advance(p);
    }
    sink.flush();
}

// " 17/17/17" of a vertex, made once and copied for each of its about six faces.
struct CornerText {
    std::array<char, 3 * max_unsigned_chars + 3> text;
    std::uint8_t size;
};

std::vector<CornerText> corner_texts(std::size_t vertex_count) {
    std::vector<CornerText> corners(vertex_count);
    for (std::size_t i = 0; i < vertex_count; ++i) {
        char* const begin = corners[i].text.data();
        *begin = ' ';
        char* p = write_unsigned(begin + 1, static_cast<std::uint32_t>(i + 1));
        const auto digits = static_cast<std::size_t>(p - begin - 1);
        for (int repeat = 0; repeat < 2; ++repeat) {
            *p++ = '/';
            std::memcpy(p, begin + 1, digits);
            p += digits;
        }
        corners[i].size = static_cast<std::uint8_t>(p - begin);
    }
    return corners;
}

void append_faces(std::string& out, std::span<const std::int32_t> faces, std::size_t vertex_count) {
    const std::vector<CornerText> corners = corner_texts(vertex_count);
    out += "usemtl ";
    out += material_name;
    out += '\n';
    TextSink sink(out);
    for (std::size_t f = 0; f < faces.size(); f += 3) {
        char* p = sink.room(3 * sizeof(CornerText::text) + 2);
        *p++ = 'f';
        for (std::size_t k = 0; k < 3; ++k) {
            const CornerText& corner = corners[static_cast<std::size_t>(faces[f + k])];
            std::memcpy(p, corner.text.data(), corner.size);
            p += corner.size;
        }
        *p++ = '\n';
        sink.advance(p);
    }
    sink.flush();
}

void append_header(std::string& out) {
    out += "# HRN face mesh: decimetres, x right, y up, z towards the camera at z = 10\n";
    out += "mtllib ";
    out += material_library_name;
    out += '\n';
}

constexpr std::size_t typical_vertex_line = 32;  // only to reserve memory once

}  // namespace

ObjTemplate::ObjTemplate(std::span<const float> uvs, std::span<const std::int32_t> faces)
    : vertex_count_(uvs.size() / 2) {
    if (uvs.size() != 2 * vertex_count_ || vertex_count_ == 0) {
        throw std::invalid_argument("mesh: the texture coordinates are not pairs");
    }
    check_finite(uvs, "texture coordinates");
    check_faces(faces, vertex_count_);
    append_lines(texture_lines_, "vt", uvs, 2);
    append_faces(face_lines_, faces, vertex_count_);
}

void ObjTemplate::append(std::string& out, std::span<const float> positions,
                         std::span<const float> normals) const {
    if (positions.size() != 3 * vertex_count_ || normals.size() != 3 * vertex_count_) {
        throw std::invalid_argument("mesh: " + std::to_string(positions.size()) + " position and " +
                                    std::to_string(normals.size()) + " normal numbers for a model of " +
                                    std::to_string(vertex_count_) + " vertices");
    }
    check_finite(positions, "vertices");
    check_finite(normals, "normals");
    out.reserve(out.size() + texture_lines_.size() + face_lines_.size() +
                2 * vertex_count_ * typical_vertex_line);
    append_header(out);
    append_lines(out, "v", positions, 3);
    out += texture_lines_;
    append_lines(out, "vn", normals, 3);
    out += face_lines_;
}

void append_obj(std::string& out, const MeshView& mesh) {
    check_mesh(mesh);
    append_header(out);
    append_lines(out, "v", mesh.positions, 3);
    append_lines(out, "vt", mesh.uvs, 2);
    append_lines(out, "vn", mesh.normals, 3);
    append_faces(out, mesh.faces, mesh.positions.size() / 3);
}

std::string material_library(std::string_view texture_name) {
    std::string out = "newmtl ";
    out += material_name;
    out +=
        "\nKa 1.000000 1.000000 1.000000\nKd 1.000000 1.000000 1.000000\nKs 0.000000 0.000000 0.000000\n"
        "Tr 0.000000\nillum 0\nNs 0.000000\nmap_Kd ";
    out += texture_name;
    out += '\n';
    return out;
}

}  // namespace hrn::output
