// The GLB files as the Khronos validator judges them: no error and no warning. Built only where node and the
// validator (npm package gltf-validator) were found; see CMakeLists.txt.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/output_set.hpp"

namespace hrn::output {
namespace {

// Writes every GLB of one result into a folder that CMake made for this test, and has them judged.
int judge_glbs(TextureFormat format, int dome_size, const char* prefix) {
    const auto mesh = testing::dome(dome_size);
    OutputOptions options;
    options.obj = false;
    options.glb = options.detail = true;
    options.texture = format;
    const OutputSet files = build_outputs(testing::reconstruction_of(mesh), testing::aligned_face(), {},
                                          MeshTemplate(mesh.topology), options);
    std::string command =
        std::string("'") + HRN_NODE + "' '" + HRN_VALIDATE_SCRIPT + "' '" + HRN_GLTF_VALIDATOR + "'";
    int count = 0;
    for (const OutputFile& file : files) {
        if (file.name.ends_with(".glb")) {
            const auto path = std::filesystem::path(HRN_SCRATCH_DIR) / (prefix + file.name);
            std::ofstream(path, std::ios::binary) << file.bytes;
            command += " '" + path.string() + "'";
            ++count;
        }
    }
    EXPECT_EQ(count, 2);
    return std::system(command.c_str());
}

TEST(GltfValidator, AcceptsMeshAndDetailedMeshWithAJpeg) {
    EXPECT_EQ(judge_glbs(TextureFormat::jpg, 60, "jpg-"), 0);
}

TEST(GltfValidator, AcceptsWideIndicesAndAPng) {
    EXPECT_EQ(judge_glbs(TextureFormat::png, 260, "png-"), 0);
}

}  // namespace
}  // namespace hrn::output
