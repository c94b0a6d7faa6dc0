#include "worker/hrn/output/obj_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "tests/unit/hrn/output/test_face.hpp"

namespace hrn::output {
namespace {

using ::testing::HasSubstr;

const std::vector<float> triangle{0, 0, 0, 1, 0, 0, 0, 1, 0.5F};
const std::vector<float> triangle_normals{0, 0, 1, 0, 0, 1, 0, -0.0F, 1};
const std::vector<float> triangle_uvs{0, 0, 1, 0, 0, 1};
const std::vector<std::int32_t> triangle_faces{0, 1, 2};

TEST(ObjWriter, WritesTheWholeTextOfATriangle) {
    std::string out;
    ObjTemplate(triangle_uvs, triangle_faces).append(out, triangle, triangle_normals);
    EXPECT_EQ(out,
              "# HRN face mesh: decimetres, x right, y up, z towards the camera at z = 10\n"
              "mtllib mesh.mtl\n"
              "v 0.000000 0.000000 0.000000\nv 1.000000 0.000000 0.000000\nv 0.000000 1.000000 0.500000\n"
              "vt 0.000000 0.000000\nvt 1.000000 0.000000\nvt 0.000000 1.000000\n"
              "vn 0.000000 0.000000 1.000000\nvn 0.000000 0.000000 1.000000\nvn 0.000000 -0.000000 1.000000\n"
              "usemtl material_0\n"
              "f 1/1/1 2/2/2 3/3/3\n");
}

TEST(ObjWriter, WritesTheSameBytesWithAndWithoutATemplate) {
    const auto mesh = testing::dome(60);
    std::string with, without;
    ObjTemplate(mesh.topology.uvs, mesh.topology.faces).append(with, mesh.positions, mesh.normals);
    append_obj(without, mesh.view());
    EXPECT_EQ(with, without);
}

TEST(ObjWriter, RefusesAVertexThatIsNotFinite) {
    auto broken = triangle;
    broken[4] = std::numeric_limits<float>::quiet_NaN();
    std::string out;
    EXPECT_THROW(ObjTemplate(triangle_uvs, triangle_faces).append(out, broken, triangle_normals),
                 OutputError);
}

TEST(ObjWriter, RefusesAFaceOutsideTheMesh) {
    EXPECT_THROW(ObjTemplate(triangle_uvs, std::array{0, 1, 3}), std::invalid_argument);
    EXPECT_THROW(ObjTemplate(triangle_uvs, std::array{0, -1, 2}), std::invalid_argument);
}

TEST(ObjWriter, RefusesAMeshOfAnotherModel) {
    std::string out;
    const ObjTemplate other(std::array{0.0F, 0.0F}, std::array<std::int32_t, 0>{});
    EXPECT_THROW(other.append(out, triangle, triangle_normals), std::invalid_argument);
}

TEST(ObjWriter, NamesTheTextureInTheMaterial) {
    const std::string text = material_library("texture.png");
    EXPECT_THAT(text, HasSubstr("newmtl material_0\n"));
    EXPECT_THAT(text, HasSubstr("map_Kd texture.png\n"));
}

}  // namespace
}  // namespace hrn::output
