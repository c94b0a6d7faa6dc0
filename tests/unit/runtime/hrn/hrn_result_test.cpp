#include "worker/runtime/hrn/hrn_result.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <span>

#include "shared/sha256.hpp"

namespace hrn::runtime {
namespace {

// A square that looks at the camera, as the smallest thing that has a mesh, a texture and 68 landmarks.
output::Topology square() {
    output::Topology topology;
    topology.faces = {0, 1, 2, 0, 2, 3};
    topology.uvs = {0, 0, 1, 0, 1, 1, 0, 1};
    return topology;
}

ComputedFace square_face() {
    ComputedFace face;
    face.face.vertices = {-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0};
    face.face.normals = {0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1};
    face.face.texture.assign(std::size_t{256} * 256 * 3, 0.5F);
    face.face.projected_68.assign(136, 100);
    face.face.smoothed_mask.assign(std::size_t{256} * 256, 1);
    face.face.rendered_mask.assign(std::size_t{224} * 224, 1);
    face.face.coefficients_from = "landmarks";
    face.aligned.image_224.assign(std::size_t{224} * 224 * 3, 128);
    face.aligned.image_512.assign(std::size_t{512} * 512 * 3, 128);
    face.aligned.mask_224.assign(std::size_t{224} * 224, 255);
    face.aligned.texture_target_224 = face.aligned.image_224;
    face.aligned.landmarks_224.fill(100);
    return face;
}

ComputedPhoto photo_of(std::size_t faces) {
    ComputedPhoto photo;
    photo.faces.assign(faces, square_face());
    photo.faces_found = static_cast<int>(faces);
    photo.image = {"png", 640, 480, 1234};
    photo.frame_width = 640;
    photo.frame_height = 480;
    return photo;
}

ResultContext context() {
    return {output::MeshTemplate(square()), {}, "hrn-test", "cpu", "fp32", "dlib"};
}

TaskFacts facts() {
    TaskFacts facts;
    facts.id = TaskId::generate();
    facts.attempt = 2;
    facts.source = "folder/photo.png";
    facts.stage_seconds[static_cast<std::size_t>(Stage::decode)] = 0.25;
    facts.stage_seconds[static_cast<std::size_t>(Stage::infer)] = 1.5;
    return facts;
}

nlohmann::json result_of(const Outputs& outputs) {
    EXPECT_EQ(outputs.files.back().name, "result.json");
    return nlohmann::json::parse(outputs.files.back().bytes);
}

TEST(HrnResult, ListsEveryOtherFileWithItsSizeAndChecksum) {
    const Outputs outputs = make_outputs(photo_of(1), facts(), context());
    const nlohmann::json listed = result_of(outputs).at("outputs");
    ASSERT_EQ(listed.size(), outputs.files.size() - 1);
    for (std::size_t i = 0; i < listed.size(); ++i) {
        const OutputFile& file = outputs.files[i];
        EXPECT_EQ(listed[i].at("name"), file.name);
        EXPECT_EQ(listed[i].at("bytes"), file.bytes.size());
        EXPECT_EQ(listed[i].at("sha256"),
                  sha256_hex(std::as_bytes(std::span(file.bytes.data(), file.bytes.size()))));
    }
}

TEST(HrnResult, SaysWhatTheWorkerKnowsAboutTheRun) {
    const TaskFacts run = facts();
    const nlohmann::json result = result_of(make_outputs(photo_of(1), run, context()));
    EXPECT_EQ(result.at("id"), run.id.text());
    EXPECT_EQ(result.at("source"), "folder/photo.png");
    EXPECT_EQ(result.at("attempts"), 2);
    EXPECT_EQ(result.at("model"), "hrn-test");
    EXPECT_EQ(result.at("front_end"), "dlib");
    EXPECT_EQ(result.at("stages").at("decode"), 0.25);
    EXPECT_EQ(result.at("stages").at("infer"), 1.5);
    EXPECT_TRUE(result.at("stages").contains("encode"));
}

TEST(HrnResult, PutsFurtherFacesIntoFoldersOfTheirOwn) {
    const Outputs outputs = make_outputs(photo_of(3), facts(), context());
    EXPECT_EQ(outputs.faces, 3);
    std::vector<std::string> meshes;
    for (const OutputFile& file : outputs.files) {
        if (file.name == "mesh.obj") {
            meshes.push_back(file.folder);
        }
    }
    EXPECT_EQ(meshes, (std::vector<std::string>{"", "face_2", "face_3"}));
    EXPECT_EQ(result_of(outputs).at("faces").size(), 2U);
}

TEST(HrnResult, FailsAFaceOfWhichNoFileCanBeMade) {
    ComputedPhoto photo = photo_of(1);
    photo.faces[0].face.vertices[4] = std::numeric_limits<float>::quiet_NaN();
    try {
        static_cast<void>(make_outputs(photo, facts(), context()));
        FAIL() << "a mesh with NaN in it was written";
    } catch (const TaskFailed& failed) {
        EXPECT_EQ(failed.failure().code, ErrorCode::numerical_failure);
    }
}

}  // namespace
}  // namespace hrn::runtime
