// The mesh files as an independent program reads them: assimp. Each test writes the files of one format into
// a folder of its own, loads the mesh and compares.
#include <gtest/gtest.h>

#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <assimp/Importer.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/detail_mesh.hpp"
#include "worker/hrn/output/glb_writer.hpp"
#include "worker/hrn/output/obj_writer.hpp"
#include "worker/hrn/output/ply_writer.hpp"

namespace hrn::output {
namespace {

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "hrn-assimp-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a scratch folder " + name);
        }
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;  // a leftover in /tmp harms nobody
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const std::string& name, const std::string& bytes) const {
        const auto path = path_ / name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path.string();
    }

private:
    std::filesystem::path path_;
};

const aiMesh& only_mesh(const aiScene* scene) {
    if (scene == nullptr || scene->mNumMeshes != 1) {
        throw std::runtime_error("assimp did not find exactly one mesh");
    }
    return *scene->mMeshes[0];
}

// Importers may order and split vertices as they like, but each corner of each face must be one of ours.
void expect_same_corners(const aiMesh& got, const MeshView& want, double tolerance) {
    ASSERT_EQ(got.mNumFaces, want.faces.size() / 3);
    ASSERT_TRUE(got.HasPositions() && got.HasNormals() && got.HasTextureCoords(0));
    for (unsigned f = 0; f < got.mNumFaces; ++f) {
        ASSERT_EQ(got.mFaces[f].mNumIndices, 3U);
        for (unsigned k = 0; k < 3; ++k) {
            const unsigned i = got.mFaces[f].mIndices[k];
            const auto w = static_cast<std::size_t>(want.faces[3 * f + k]);
            const aiVector3D &p = got.mVertices[i], &n = got.mNormals[i], &t = got.mTextureCoords[0][i];
            ASSERT_NEAR(p.x, want.positions[3 * w], tolerance);
            ASSERT_NEAR(p.y, want.positions[3 * w + 1], tolerance);
            ASSERT_NEAR(p.z, want.positions[3 * w + 2], tolerance);
            ASSERT_NEAR(n.x, want.normals[3 * w], tolerance);
            ASSERT_NEAR(n.z, want.normals[3 * w + 2], tolerance);
            ASSERT_NEAR(t.x, want.uvs[2 * w], tolerance);
            ASSERT_NEAR(t.y, want.uvs[2 * w + 1], tolerance);  // assimp's v points up
        }
    }
}

std::string texture_of(const aiScene& scene) {
    aiString path;
    const aiMaterial* material = scene.mMaterials[scene.mMeshes[0]->mMaterialIndex];
    if (material->GetTexture(aiTextureType_DIFFUSE, 0, &path) != AI_SUCCESS) {
        return "";
    }
    return path.C_Str();
}

TEST(Assimp, LoadsTheObjWithItsTexture) {
    const Folder folder;
    const auto mesh = testing::dome(30);
    std::string obj;
    ObjTemplate(mesh.topology.uvs, mesh.topology.faces).append(obj, mesh.positions, mesh.normals);
    folder.write("mesh.mtl", material_library("texture.jpg"));
    Assimp::Importer importer;
    const aiScene* scene = importer.ReadFile(folder.write("mesh.obj", obj), 0);
    ASSERT_NE(scene, nullptr) << importer.GetErrorString();
    expect_same_corners(only_mesh(scene), mesh.view(), 1e-6);
    EXPECT_EQ(texture_of(*scene), "texture.jpg");
}

TEST(Assimp, LoadsThePlyWithItsTexture) {
    const Folder folder;
    const auto mesh = testing::dome(30);
    std::string ply;
    append_ply(ply, mesh.view(), "texture.jpg");
    Assimp::Importer importer;
    const aiScene* scene = importer.ReadFile(folder.write("mesh.ply", ply), 0);
    ASSERT_NE(scene, nullptr) << importer.GetErrorString();
    EXPECT_EQ(only_mesh(scene).mNumVertices, 900U);
    expect_same_corners(only_mesh(scene), mesh.view(), 0);
    EXPECT_EQ(texture_of(*scene), "texture.jpg");
}

TEST(Assimp, LoadsTheGlbWithItsEmbeddedTexture) {
    const Folder folder;
    const auto mesh = testing::dome(30);
    std::string glb;
    append_glb(glb, mesh.view(), "pretended jpeg", "image/jpeg");
    Assimp::Importer importer;
    const aiScene* scene = importer.ReadFile(folder.write("mesh.glb", glb), 0);
    ASSERT_NE(scene, nullptr) << importer.GetErrorString();
    EXPECT_EQ(only_mesh(scene).mNumVertices, 900U);
    expect_same_corners(only_mesh(scene), mesh.view(), 1e-6);
    ASSERT_EQ(scene->mNumTextures, 1U);
    const aiTexture* texture = scene->GetEmbeddedTexture(texture_of(*scene).c_str());
    ASSERT_NE(texture, nullptr);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(texture->pcData), texture->mWidth), "pretended jpeg");
}

TEST(Assimp, LoadsTheDetailedMeshInBothFormats) {
    const Folder folder;
    const DetailMesh mesh = make_detail_mesh(testing::reconstruction_of(testing::dome(5)).dense_positions);
    std::string obj, glb;
    append_obj(obj, mesh.view());
    append_glb(glb, mesh.view(), "pretended png", "image/png");
    folder.write("mesh.mtl", material_library("texture.png"));
    Assimp::Importer obj_importer, glb_importer;
    expect_same_corners(only_mesh(obj_importer.ReadFile(folder.write("mesh_detail.obj", obj), 0)),
                        mesh.view(), 1e-6);
    expect_same_corners(only_mesh(glb_importer.ReadFile(folder.write("mesh_detail.glb", glb), 0)),
                        mesh.view(), 1e-6);
}

}  // namespace
}  // namespace hrn::output
