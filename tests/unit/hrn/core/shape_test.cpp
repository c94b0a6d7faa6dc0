// Linear basis, pose and camera, vertex normals (core.md 4 and 11).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "worker/hrn/core/linear_basis.hpp"
#include "worker/hrn/core/pose.hpp"
#include "worker/hrn/core/vertex_normals.hpp"

namespace hrn::core {
namespace {

constexpr float quarter = 1.57079632679F;

LinearBasis basis_of(std::size_t rows, const std::vector<float>& columns) {
    LinearBasis basis;
    basis.rows = rows;
    basis.append(columns);
    return basis;
}

TEST(LinearBasis, AddsItsColumnsTimesTheirCoefficients) {
    Team team(2);
    LinearBasis basis = basis_of(3, {1, 3, 5, 2, 4, 6});
    basis.append(std::array<float, 3>{10, 20, 30});
    std::vector<float> out(3);
    evaluate(basis, 0, std::array<float, 3>{1, 2, 0.5F}, out, team);
    EXPECT_EQ(out, (std::vector<float>{10, 21, 32}));
    evaluate(basis, 2, std::array<float, 1>{2}, out, team);
    EXPECT_EQ(out, (std::vector<float>{20, 40, 60}));
}

TEST(LinearBasis, GivesTheSameBitsWithAnyNumberOfThreads) {
    std::vector<float> numbers(5000 * 7);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = std::sin(static_cast<float>(i));
    }
    const LinearBasis basis = basis_of(5000, numbers);
    const std::array<float, 7> c = {0.1F, -0.7F, 0.3F, 1.9F, -2.2F, 0.01F, 5.5F};
    Team one(1);
    Team three(3);
    std::vector<float> a(5000);
    std::vector<float> b(5000);
    evaluate(basis, 0, c, a, one);
    evaluate(basis, 0, c, b, three);
    EXPECT_EQ(a, b);
}

TEST(LinearBasis, RefusesCoefficientsThatItHasNoColumnsFor) {
    Team team(1);
    LinearBasis basis = basis_of(2, {1, 2});
    std::vector<float> out(2);
    EXPECT_THROW(evaluate(basis, 1, std::array<float, 1>{1}, out, team), std::invalid_argument);
    EXPECT_THROW(basis.append(std::array<float, 3>{1, 2, 3}), std::invalid_argument);
}

void expect_near(Vec3 got, Vec3 want) {
    EXPECT_NEAR(got.x, want.x, 1e-6);
    EXPECT_NEAR(got.y, want.y, 1e-6);
    EXPECT_NEAR(got.z, want.z, 1e-6);
}

TEST(Pose, RotatesRightHandedAboutEachAxis) {
    // Transposed matrices on row vectors are the plain ones on columns: x turns y to z, y turns z to x.
    expect_near(rotate({0, 1, 0}, rotation_of(std::array<float, 3>{quarter, 0, 0})), {0, 0, 1});
    expect_near(rotate({0, 0, 1}, rotation_of(std::array<float, 3>{0, quarter, 0})), {1, 0, 0});
    expect_near(rotate({1, 0, 0}, rotation_of(std::array<float, 3>{0, 0, quarter})), {0, 1, 0});
}

TEST(Pose, TurnsAboutXFirstAndAboutZLast) {
    const Matrix3 r = rotation_of(std::array<float, 3>{quarter, 0, quarter});
    expect_near(rotate({0, 1, 0}, r), {0, 0, 1});  // to z, where the second turn leaves it
    expect_near(rotate({0, 0, 1}, r), {1, 0, 0});  // to -y, then to x
}

TEST(Pose, CameraLooksFromTenDecimetresAway) {
    Team team(1);
    const std::array<Vec3, 1> shape = {{{1, 2, 3}}};
    std::array<Vec3, 1> world;
    std::array<Vec3, 1> camera;
    to_world(shape, {rotation_of(std::array<float, 3>{0, 0, 0}), {0.5F, 0, 1}}, world, team);
    flip_depth(world, camera, team);
    expect_near(camera[0], {1.5F, 2, 6});
    const Vec2 pixel = project(camera[0]);
    EXPECT_NEAR(pixel.x, 1015.0 * 1.5 / 6 + 112, 1e-4);
    EXPECT_NEAR(pixel.y, 1015.0 * 2 / 6 + 112, 1e-4);
}

// Two triangles over the unit square, the second standing up at a right angle.
struct Roof {
    std::vector<Vec3> points = {{0, 0, 0}, {2, 0, 0}, {0, 3, 0}, {2, 0, 5}};
    std::vector<Face> faces = {{0, 1, 2}, {1, 0, 3}};
    std::vector<VertexFaces> around = {{0, 1, 2, 2, 2, 2, 2, 2},
                                       {0, 1, 2, 2, 2, 2, 2, 2},
                                       {0, 2, 2, 2, 2, 2, 2, 2},
                                       {1, 2, 2, 2, 2, 2, 2, 2}};
};

TEST(ShapeNormals, AreUnweightedSumsOfUnitFaceNormals) {
    Team team(2);
    const Roof roof;
    std::vector<Vec3> normals(4);
    shape_normals(roof.points, roof.faces, roof.around, normals, team);
    const float half = std::sqrt(0.5F);
    // The larger face counts no more than the smaller one.
    expect_near(normals[0], {0, half, half});
    expect_near(normals[2], {0, 0, 1});
    expect_near(normals[3], {0, 1, 0});
}

TEST(ShapeNormals, GiveZeroWhereAFaceHasNoArea) {
    Team team(1);
    const std::vector<Vec3> points = {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}};
    const std::vector<Face> faces = {{0, 1, 2}};
    const std::vector<VertexFaces> around(3, VertexFaces{0, 1, 1, 1, 1, 1, 1, 1});
    std::vector<Vec3> normals(3);
    shape_normals(points, faces, around, normals, team);
    expect_near(normals[1], {0, 0, 0});
}

TEST(MeshNormals, PointUpWhereAFaceHasNoAreaAndWhereNoFaceIs) {
    Team team(1);
    const std::vector<Vec3> points = {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {7, 7, 7}};
    const std::vector<Face> faces = {{0, 1, 2}};
    std::vector<Vec3> normals(4);
    mesh_normals(points, faces, corner_lists(4, faces), normals, team);
    for (const Vec3& n : normals) {
        expect_near(n, {0, 0, 1});
    }
}

TEST(MeshNormals, PointUpWhereFacesCancelExactly) {
    Team team(1);
    const std::vector<Vec3> points = {{0, 0, 0}, {1, 0, 0}, {0, 0, 1}};
    const std::vector<Face> faces = {{0, 1, 2}, {0, 2, 1}};
    std::vector<Vec3> normals(3);
    mesh_normals(points, faces, corner_lists(3, faces), normals, team);
    expect_near(normals[0], {0, 0, 1});
}

TEST(MeshNormals, SumFirstCornersBeforeSecondAndThird) {
    const std::vector<Face> faces = {{5, 6, 0}, {0, 5, 6}, {5, 0, 6}, {0, 6, 5}};
    const CornerLists lists = corner_lists(7, faces);
    const std::vector<std::int32_t> of_zero(lists.faces.begin() + lists.first[0],
                                            lists.faces.begin() + lists.first[1]);
    EXPECT_EQ(of_zero, (std::vector<std::int32_t>{1, 3, 2, 0}));
    EXPECT_EQ(lists.first[1], lists.first[5]);  // vertices without faces have empty lists
}

}  // namespace
}  // namespace hrn::core
