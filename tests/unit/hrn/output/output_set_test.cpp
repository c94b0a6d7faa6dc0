#include "worker/hrn/output/output_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/mesh_view.hpp"
#include "worker/hrn/output/preview.hpp"

namespace hrn::output {
namespace {

using ::testing::ElementsAre;

struct Case {
    testing::GridMesh mesh = testing::dome(40);
    Reconstruction face = testing::reconstruction_of(mesh);
    AlignedFace aligned = testing::aligned_face();
    Photo photo{224, 224, aligned.image_224};
    MeshTemplate model{mesh.topology};

    [[nodiscard]] OutputSet build(const OutputOptions& options) const {
        return build_outputs(face, aligned, {&photo, 0, 0}, model, options);
    }
};

std::vector<std::string> names(const OutputSet& files) {
    std::vector<std::string> result;
    for (const OutputFile& file : files) {
        EXPECT_FALSE(file.bytes.empty()) << file.name;
        result.push_back(file.name);
    }
    return result;
}

OutputOptions everything() {
    OutputOptions options;
    options.glb = options.ply = options.detail = options.preview = true;
    options.texture = TextureFormat::png;
    options.texture_size = 300;
    return options;
}

TEST(OutputSet, HasTheOfficialFilesByDefault) {
    EXPECT_THAT(names(Case().build({})), ElementsAre("texture.jpg", "mesh.obj", "mesh.mtl"));
}

TEST(OutputSet, HasEveryFileThatIsAskedFor) {
    EXPECT_THAT(names(Case().build(everything())),
                ElementsAre("texture.png", "mesh.obj", "mesh.mtl", "mesh.glb", "mesh.ply", "mesh_detail.obj",
                            "mesh_detail.glb", "preview.jpg"));
}

TEST(OutputSet, LeavesTheObjOutWhenOnlyOtherFormatsAreAskedFor) {
    OutputOptions options;
    options.obj = false;
    options.ply = true;
    EXPECT_THAT(names(Case().build(options)), ElementsAre("texture.jpg", "mesh.ply"));
}

TEST(OutputSet, EmbedsInTheGlbTheVeryTextureFile) {
    OutputOptions options;
    options.glb = true;
    const OutputSet files = Case().build(options);
    EXPECT_NE(files[3].bytes.find(files[0].bytes), std::string::npos);
}

TEST(OutputSet, GivesTheSameBytesFromSeveralThreads) {
    const Case c;
    const OutputSet want = c.build(everything());
    std::vector<OutputSet> got(3);
    std::vector<std::thread> threads;
    for (OutputSet& files : got) {
        threads.emplace_back([&] { files = c.build(everything()); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const OutputSet& files : got) {
        ASSERT_EQ(files.size(), want.size());
        for (std::size_t i = 0; i < files.size(); ++i) {
            EXPECT_TRUE(files[i].bytes == want[i].bytes) << want[i].name;
        }
    }
}

TEST(OutputSet, FailsForAReconstructionThatIsNotFinite) {
    Case c;
    c.face.vertices[5] = std::numeric_limits<float>::infinity();
    EXPECT_THROW(c.build({}), OutputError);
    Case d;
    d.face.texture[5] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(d.build({}), OutputError);
}

TEST(OutputSet, RefusesATextureSizeOutsideItsRange) {
    OutputOptions options;
    options.texture_size = 128;
    EXPECT_THROW(Case().build(options), std::invalid_argument);
    options.texture_size = 4096;
    EXPECT_THROW(Case().build(options), std::invalid_argument);
}

TEST(Preview, ShowsFiveTilesSideBySide) {
    const Case c;
    const Picture texture = blank(256, 256, 250);
    const Picture sheet = make_preview(
        {c.face.vertices, c.face.normals, c.mesh.topology.uvs, c.mesh.topology.faces}, c.aligned, texture);
    ASSERT_EQ(sheet.width, 5 * preview_tile);
    ASSERT_EQ(sheet.height, preview_tile);
    const auto middle = [&](int tile) {
        return sheet.rgb[3 * (static_cast<std::size_t>(preview_tile / 2) * 5 * preview_tile +
                              static_cast<std::size_t>(tile * preview_tile + preview_tile / 2))];
    };
    EXPECT_EQ(middle(0), 128);                               // the photo
    EXPECT_NEAR(middle(1), 0.4 * 128 + 0.6 * middle(2), 2);  // the mesh over it
    EXPECT_GT(middle(2), 100);                               // the lit mesh
    EXPECT_EQ(middle(3), 250);                               // its texture, turned
    EXPECT_EQ(middle(4), 250);
}

}  // namespace
}  // namespace hrn::output
