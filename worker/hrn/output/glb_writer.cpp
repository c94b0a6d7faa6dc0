#include "worker/hrn/output/glb_writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace hrn::output {

static_assert(std::endian::native == std::endian::little, "PLY and GLB are written by copying memory");

namespace {

// Float, not double: min and max must come back as the very float32 that lies in the buffer.
using Json = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool, std::int64_t,
                                  std::uint64_t, float>;

// Numbers of the glTF 2.0 specification.
constexpr std::uint32_t glb_magic = 0x46546C67, glb_version = 2;
constexpr std::uint32_t chunk_json = 0x4E4F534A, chunk_binary = 0x004E4942;
constexpr int type_u16 = 5123, type_u32 = 5125, type_float = 5126;
constexpr int target_vertices = 34962, target_indices = 34963;
constexpr int filter_linear = 9729, filter_mipmaps = 9987, wrap_clamp = 33071;
// 65535 is the restart index of 16-bit primitives and may not name a vertex.
constexpr std::size_t max_vertices_u16 = 65535;

void append_word(std::string& out, std::uint32_t word) {
    out.append(reinterpret_cast<const char*>(&word), sizeof(word));
}

void pad(std::string& out, char filler) {
    out.append((4 - out.size() % 4) % 4, filler);
}

// The binary chunk and the description of its pieces, grown together.
struct Buffer {
    std::string bytes;
    Json views = Json::array();

    // Returns the view's index. target 0: none (an image).
    int add(const void* data, std::size_t size, int target) {
        pad(bytes, '\0');
        Json view = {{"buffer", 0}, {"byteOffset", bytes.size()}, {"byteLength", size}};
        if (target != 0) {
            view["target"] = target;
        }
        views.push_back(std::move(view));
        bytes.append(static_cast<const char*>(data), size);
        return static_cast<int>(views.size()) - 1;
    }
};

Json accessor(int view, int component_type, std::size_t count, const char* type) {
    return {{"bufferView", view}, {"componentType", component_type}, {"count", count}, {"type", type}};
}

Json position_accessor(int view, std::span<const float> positions) {
    std::array<float, 3> low, high;
    low.fill(std::numeric_limits<float>::max());
    high.fill(std::numeric_limits<float>::lowest());
    for (std::size_t i = 0; i < positions.size(); i += 3) {
        for (std::size_t k = 0; k < 3; ++k) {
            low[k] = std::min(low[k], positions[i + k]);
            high[k] = std::max(high[k], positions[i + k]);
        }
    }
    Json result = accessor(view, type_float, positions.size() / 3, "VEC3");
    result["min"] = low;
    result["max"] = high;
    return result;
}

int add_indices(Buffer& buffer, const MeshView& mesh, bool narrow) {
    if (!narrow) {
        return buffer.add(mesh.faces.data(), mesh.faces.size_bytes(), target_indices);
    }
    std::vector<std::uint16_t> indices(mesh.faces.size());
    std::transform(mesh.faces.begin(), mesh.faces.end(), indices.begin(),
                   [](std::int32_t index) { return static_cast<std::uint16_t>(index); });
    return buffer.add(indices.data(), indices.size() * sizeof(std::uint16_t), target_indices);
}

int add_uvs(Buffer& buffer, std::span<const float> uvs) {
    std::vector<float> flipped(uvs.begin(), uvs.end());
    for (std::size_t i = 1; i < flipped.size(); i += 2) {
        flipped[i] = 1.0F - flipped[i];
    }
    return buffer.add(flipped.data(), flipped.size() * sizeof(float), target_vertices);
}

}  // namespace

void append_glb(std::string& out, const MeshView& mesh, std::string_view texture,
                std::string_view mime_type) {
    check_mesh(mesh);
    if (texture.empty() || mesh.faces.empty()) {
        throw std::invalid_argument("glb: needs at least one face and a texture");
    }
    const std::size_t vertices = mesh.positions.size() / 3;
    const bool narrow = vertices <= max_vertices_u16;

    Buffer buffer;
    buffer.bytes.reserve(vertices * 32 + mesh.faces.size() * 4 + texture.size() + 64);
    Json accessors = Json::array();
    accessors.push_back(position_accessor(
        buffer.add(mesh.positions.data(), mesh.positions.size_bytes(), target_vertices), mesh.positions));
    accessors.push_back(accessor(buffer.add(mesh.normals.data(), mesh.normals.size_bytes(), target_vertices),
                                 type_float, vertices, "VEC3"));
    accessors.push_back(accessor(add_uvs(buffer, mesh.uvs), type_float, vertices, "VEC2"));
    accessors.push_back(accessor(add_indices(buffer, mesh, narrow), narrow ? type_u16 : type_u32,
                                 mesh.faces.size(), "SCALAR"));
    const int image_view = buffer.add(texture.data(), texture.size(), 0);
    pad(buffer.bytes, '\0');

    const Json material = {
        {"name", "material_0"},
        {"pbrMetallicRoughness",
         {{"baseColorTexture", {{"index", 0}}}, {"metallicFactor", 0}, {"roughnessFactor", 1}}},
        {"extensions", {{"KHR_materials_unlit", Json::object()}}}};
    const Json primitive = {
        {"attributes", {{"POSITION", 0}, {"NORMAL", 1}, {"TEXCOORD_0", 2}}}, {"indices", 3}, {"material", 0}};
    Json gltf = {
        {"asset", {{"version", "2.0"}, {"generator", "hrn"}}},
        {"extensionsUsed", Json::array({"KHR_materials_unlit"})},
        {"scene", 0},
        {"scenes", Json::array({{{"nodes", Json::array({0})}}})},
        {"nodes", Json::array({{{"name", "face"}, {"mesh", 0}, {"scale", Json::array({0.1F, 0.1F, 0.1F})}}})},
        {"meshes", Json::array({{{"name", "face"}, {"primitives", Json::array({primitive})}}})},
        {"materials", Json::array({material})},
        {"textures", Json::array({{{"sampler", 0}, {"source", 0}}})},
        {"images", Json::array({{{"bufferView", image_view}, {"mimeType", std::string(mime_type)}}})},
        {"samplers", Json::array({{{"magFilter", filter_linear},
                                   {"minFilter", filter_mipmaps},
                                   {"wrapS", wrap_clamp},
                                   {"wrapT", wrap_clamp}}})},
        {"accessors", std::move(accessors)},
        {"bufferViews", std::move(buffer.views)},
        {"buffers", Json::array({{{"byteLength", buffer.bytes.size()}}})}};
    std::string text = gltf.dump();
    pad(text, ' ');

    const std::size_t total = 12 + 8 + text.size() + 8 + buffer.bytes.size();
    if (total > std::numeric_limits<std::uint32_t>::max()) {
        throw std::invalid_argument("glb: larger than 4 GiB");
    }
    out.reserve(out.size() + total);
    append_word(out, glb_magic);
    append_word(out, glb_version);
    append_word(out, static_cast<std::uint32_t>(total));
    append_word(out, static_cast<std::uint32_t>(text.size()));
    append_word(out, chunk_json);
    out += text;
    append_word(out, static_cast<std::uint32_t>(buffer.bytes.size()));
    append_word(out, chunk_binary);
    out += buffer.bytes;
}

}  // namespace hrn::output
