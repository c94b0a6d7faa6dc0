#include "worker/hrn/output/ply_writer.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/hrn/output/test_face.hpp"

namespace hrn::output {
namespace {

TEST(PlyWriter, WritesAHeaderAndThePackedElements) {
    const auto mesh = testing::dome(3);
    std::string out;
    append_ply(out, mesh.view(), "texture.jpg");
    const std::string header =
        "ply\nformat binary_little_endian 1.0\ncomment TextureFile texture.jpg\nelement vertex 9\n"
        "property float x\nproperty float y\nproperty float z\nproperty float nx\nproperty float ny\n"
        "property float nz\nproperty float s\nproperty float t\nelement face 8\n"
        "property list uchar int vertex_indices\nend_header\n";
    ASSERT_EQ(out.substr(0, header.size()), header);
    ASSERT_EQ(out.size(), header.size() + 9 * 32 + 8 * 13);

    float vertex[8];
    std::memcpy(vertex, out.data() + header.size() + 4 * 32, sizeof(vertex));  // the middle one
    EXPECT_EQ(vertex[2], mesh.positions[3 * 4 + 2]);
    EXPECT_EQ(vertex[5], mesh.normals[3 * 4 + 2]);
    EXPECT_EQ(vertex[6], mesh.topology.uvs[2 * 4]);
    std::int32_t face[3];
    EXPECT_EQ(out[header.size() + 9 * 32 + 13], 3);
    std::memcpy(face, out.data() + header.size() + 9 * 32 + 13 + 1, sizeof(face));
    EXPECT_EQ(std::vector<std::int32_t>(face, face + 3),
              std::vector<std::int32_t>(&mesh.topology.faces[3], &mesh.topology.faces[6]));
}

TEST(PlyWriter, RefusesSizesThatDoNotFit) {
    auto mesh = testing::dome(3);
    mesh.topology.uvs.pop_back();
    std::string out;
    EXPECT_THROW(append_ply(out, mesh.view(), "texture.jpg"), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
