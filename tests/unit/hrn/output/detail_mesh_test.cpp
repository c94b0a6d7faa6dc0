#include "worker/hrn/output/detail_mesh.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "tests/unit/hrn/output/test_face.hpp"

namespace hrn::output {
namespace {

constexpr std::size_t side = 256;

std::vector<float> flat_grid() {
    std::vector<float> grid;
    for (std::size_t i = 0; i < side * side; ++i) {
        grid.insert(grid.end(), {static_cast<float>(i % side), -static_cast<float>(i / side), 1.0F});
    }
    return grid;
}

void clear(std::vector<float>& grid, std::size_t row, std::size_t column) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
        grid[3 * (row * side + column) + axis] = 0;
    }
}

TEST(DetailMesh, KeepsEveryPointAndFaceOfAFullGrid) {
    const DetailMesh mesh = make_detail_mesh(flat_grid());
    EXPECT_EQ(mesh.positions.size(), 3 * side * side);
    EXPECT_EQ(mesh.faces.size(), 3U * 2 * 251 * 245);  // columns 2..252, rows 5..249
}

TEST(DetailMesh, RemovesAnEmptyPointWithExactlyItsFaces) {
    auto grid = flat_grid();
    clear(grid, 100, 100);
    const DetailMesh mesh = make_detail_mesh(grid);
    EXPECT_EQ(mesh.positions.size(), 3 * (side * side - 1));
    EXPECT_EQ(mesh.faces.size(), 3U * (2 * 251 * 245 - 6));
    // The next point of the row has moved up by one and is still itself: no shift by one as in the official
    // cropper.
    const std::size_t next = 100 * side + 100;
    EXPECT_EQ(mesh.positions[3 * next], 101.0F);
    EXPECT_EQ(mesh.positions[3 * next + 1], -100.0F);
    for (std::size_t f = 0; f < mesh.faces.size(); f += 3) {
        std::set<float> rows, columns;
        for (std::size_t k = 0; k < 3; ++k) {
            columns.insert(mesh.positions[3 * static_cast<std::size_t>(mesh.faces[f + k])]);
            rows.insert(mesh.positions[3 * static_cast<std::size_t>(mesh.faces[f + k]) + 1]);
        }
        ASSERT_EQ(*rows.rbegin() - *rows.begin(), 1.0F);
        ASSERT_EQ(*columns.rbegin() - *columns.begin(), 1.0F);
    }
}

TEST(DetailMesh, KeepsAPointWithOnlyOneCoordinateThatIsNotZero) {
    auto grid = flat_grid();
    clear(grid, 100, 100);
    grid[3 * (100 * side + 100) + 2] = 1e-30F;
    EXPECT_EQ(make_detail_mesh(grid).positions.size(), 3 * side * side);
}

TEST(DetailMesh, LooksTowardsTheCameraWithUnitNormals) {
    const auto face = testing::reconstruction_of(testing::dome(5));
    const DetailMesh mesh = make_detail_mesh(face.dense_positions);
    for (std::size_t i = 0; i < mesh.normals.size(); i += 3) {
        ASSERT_NEAR(std::hypot(mesh.normals[i], mesh.normals[i + 1], mesh.normals[i + 2]), 1.0, 1e-5);
        ASSERT_GT(mesh.normals[i + 2], 0.5F);
    }
}

TEST(DetailMesh, PutsEachPointAtTheCentreOfItsTexel) {
    const DetailMesh mesh = make_detail_mesh(flat_grid());
    EXPECT_FLOAT_EQ(mesh.uvs[0], 0.5F / 256);
    EXPECT_FLOAT_EQ(mesh.uvs[1], 1 - 0.5F / 256);
    EXPECT_FLOAT_EQ(mesh.uvs[2 * side + 1], 1 - 1.5F / 256);
}

TEST(DetailMesh, RefusesAnEmptyGridAndNan) {
    EXPECT_THROW(make_detail_mesh(std::vector<float>(side * side * 3, 0.0F)), OutputError);
    auto grid = flat_grid();
    grid[7] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(make_detail_mesh(grid), OutputError);
    EXPECT_THROW(make_detail_mesh(std::vector<float>(12)), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::output
