#include "worker/hrn/output/glb_writer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "tests/unit/hrn/output/test_face.hpp"

namespace hrn::output {
namespace {

std::uint32_t word(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    return value;
}

struct Parsed {
    nlohmann::json json;
    std::string binary;
};

Parsed parse(const std::string& glb) {
    const std::uint32_t json_size = word(glb, 12);
    return {nlohmann::json::parse(glb.substr(20, json_size)),
            glb.substr(20 + json_size + 8, word(glb, 20 + json_size))};
}

std::string glb_of(const testing::GridMesh& mesh) {
    std::string out;
    append_glb(out, mesh.view(), "pretended jpeg", "image/jpeg");
    return out;
}

TEST(GlbWriter, FramesTwoAlignedChunksThatFillTheFile) {
    const std::string glb = glb_of(testing::dome(7));
    EXPECT_EQ(glb.substr(0, 4), "glTF");
    EXPECT_EQ(word(glb, 4), 2U);
    EXPECT_EQ(word(glb, 8), glb.size());
    const std::uint32_t json_size = word(glb, 12);
    EXPECT_EQ(json_size % 4, 0U);
    EXPECT_EQ(glb.substr(16, 4), "JSON");
    EXPECT_EQ(20 + json_size + 8 + word(glb, 20 + json_size), glb.size());
    EXPECT_EQ(glb.substr(20 + json_size + 4, 4), std::string("BIN\0", 4));
}

TEST(GlbWriter, AlignsEveryBufferView) {
    const auto [json, binary] = parse(glb_of(testing::dome(7)));
    for (const auto& view : json["bufferViews"]) {
        EXPECT_EQ(view["byteOffset"].get<std::size_t>() % 4, 0U);
        EXPECT_LE(view["byteOffset"].get<std::size_t>() + view["byteLength"].get<std::size_t>(),
                  binary.size());
    }
}

TEST(GlbWriter, BoundsThePositionsExactly) {
    auto mesh = testing::dome(7);
    mesh.positions[0] = -0.1F;  // not representable: must come back as the same float
    for (float& x : mesh.positions) {
        x = x < -0.1F ? -0.1F : x;
    }
    const auto [json, binary] = parse(glb_of(mesh));
    const auto& accessor = json["accessors"][0];
    EXPECT_EQ(accessor["min"][0].get<float>(), -0.1F);
    EXPECT_EQ(accessor["max"][0].get<float>(), 0.8F);
    EXPECT_EQ(accessor["count"], 49);
}

TEST(GlbWriter, TurnsTheTextureCoordinatesUpsideDown) {
    const auto mesh = testing::dome(7);
    const auto [json, binary] = parse(glb_of(mesh));
    const auto offset = json["bufferViews"][2]["byteOffset"].get<std::size_t>();
    float uv[2];
    std::memcpy(uv, binary.data() + offset, sizeof(uv));
    EXPECT_EQ(uv[0], mesh.topology.uvs[0]);
    EXPECT_EQ(uv[1], 1.0F - mesh.topology.uvs[1]);
}

TEST(GlbWriter, KeepsTheTextureToTheByte) {
    const auto [json, binary] = parse(glb_of(testing::dome(7)));
    const auto& view = json["bufferViews"][json["images"][0]["bufferView"].get<std::size_t>()];
    EXPECT_EQ(binary.substr(view["byteOffset"], view["byteLength"]), "pretended jpeg");
    EXPECT_EQ(json["images"][0]["mimeType"], "image/jpeg");
}

TEST(GlbWriter, WidensTheIndicesOnlyWhenAVertexNeedsIt) {
    EXPECT_EQ(parse(glb_of(testing::dome(255))).json["accessors"][3]["componentType"], 5123);
    EXPECT_EQ(parse(glb_of(testing::dome(256))).json["accessors"][3]["componentType"], 5125);
}

TEST(GlbWriter, ScalesTheSceneToMetres) {
    const auto [json, binary] = parse(glb_of(testing::dome(7)));
    EXPECT_FLOAT_EQ(json["nodes"][0]["scale"][0].get<float>(), 0.1F);
}

TEST(GlbWriter, RefusesAMeshWithoutTexture) {
    std::string out;
    EXPECT_THROW(append_glb(out, testing::dome(7).view(), "", "image/png"), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
