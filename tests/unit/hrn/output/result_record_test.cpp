#include "worker/hrn/output/result_record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/base64.hpp"

namespace hrn::output {
namespace {

using nlohmann::json;

ResultRecord full_record() {
    const auto mesh = testing::dome(20);
    auto face = testing::reconstruction_of(mesh);
    for (std::size_t i = 0; i < face.coefficients.size(); ++i) {
        face.coefficients[i] = static_cast<float>(i) / 1000;
    }
    ResultRecord record;
    record.id = "0193-id";
    record.source = "trip/me.png";
    record.model = "demo";
    record.device = "cpu";
    record.precision = "fp32";
    record.front_end = "dlib";
    record.image = {"png", 512, 512, 791555};
    record.faces_found = 1;
    record.face = make_face_record("", face, testing::aligned_face(), mesh.topology, 224, 224, 448, 672);
    record.stages = {{"decode", 0.0125}, {"infer", 2.5}};
    record.outputs = {{"mesh.obj", 5'000'000'000, std::string(64, 'a')}};
    return record;
}

TEST(ResultJson, HasEveryKeyOfTheContract) {
    const json result = json::parse(result_json(full_record()));
    for (const char* key : {"schema", "id", "source", "source_bytes", "model", "device", "precision",
                            "front_end", "attempts", "image", "face_box", "landmarks", "coefficients",
                            "camera", "quality", "stages", "outputs", "faces"}) {
        EXPECT_TRUE(result.contains(key)) << key;
    }
    EXPECT_EQ(result["schema"], 1);
    EXPECT_EQ(result["image"]["bytes"], 791555);
    EXPECT_EQ(result["outputs"][0]["bytes"], 5'000'000'000);
    EXPECT_EQ(result["stages"]["infer"], 2.5);
    EXPECT_EQ(result["landmarks"].size(), 68U);
    EXPECT_EQ(result["quality"]["suspect"], false);
}

TEST(ResultJson, SplitsTheCoefficientsIntoTheirGroups) {
    const json groups = json::parse(result_json(full_record()))["coefficients"];
    std::vector<float> joined;
    for (const auto& [name, size] : std::vector<std::pair<std::string, std::size_t>>{
             {"id", 80}, {"exp", 64}, {"tex", 80}, {"angle", 3}, {"gamma", 27}, {"trans", 3}}) {
        ASSERT_EQ(groups[name].size(), size) << name;
        for (const auto& number : groups[name]) {
            joined.push_back(number.get<float>());
        }
    }
    for (std::size_t i = 0; i < joined.size(); ++i) {
        EXPECT_EQ(joined[i], static_cast<float>(i) / 1000);  // float32 survives the text exactly
    }
}

TEST(ResultJson, KeepsTheBytesOfANameThatIsNotUtf8) {
    auto record = full_record();
    record.source = "caf\xe9.png";
    const json result = json::parse(result_json(record));
    EXPECT_EQ(result["source"], "caf\xef\xbf\xbd.png");
    EXPECT_EQ(result["source_bytes"], base64("caf\xe9.png"));
}

TEST(ResultJson, EscapesControlCharactersInNames) {
    auto record = full_record();
    record.source = "a\n\"b\".png";
    EXPECT_EQ(json::parse(result_json(record))["source"], "a\n\"b\".png");
}

TEST(ResultJson, WritesOneLinePerKey) {
    const std::string text = result_json(full_record());
    EXPECT_EQ(text.substr(0, 18), "{\n  \"schema\": 1,\n ");
    EXPECT_EQ(text.substr(text.size() - 3), "\n}\n");
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 30);
}

TEST(ResultJson, HasNullForTheFaceOfASimulatedResult) {
    auto record = full_record();
    record.face.reset();
    record.model = "simulated";
    const json result = json::parse(result_json(record));
    EXPECT_TRUE(result["face_box"].is_null());
    EXPECT_TRUE(result["coefficients"].is_null());
    EXPECT_EQ(result["model"], "simulated");
}

TEST(ResultJson, ListsFurtherFacesWithTheirFolders) {
    auto record = full_record();
    record.further_faces.push_back(*record.face);
    record.further_faces[0].folder = "face_2";
    const json result = json::parse(result_json(record));
    ASSERT_EQ(result["faces"].size(), 1U);
    EXPECT_EQ(result["faces"][0]["folder"], "face_2");
    EXPECT_EQ(result["faces"][0]["landmarks"].size(), 68U);
}

TEST(ResultJson, WritesNullForANumberThatIsNotFinite) {
    auto record = full_record();
    record.face->quality.landmark_error = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(json::parse(result_json(record))["quality"]["landmark_error"].is_null());
}

TEST(FaceRecord, GivesBoxAndLandmarksInPixelsOfTheOriginal) {
    const auto record = full_record();  // the frame is half as wide and a third as high as the photo
    EXPECT_FLOAT_EQ(record.face->landmarks[0], 50 * 2 + 0.5F);
    EXPECT_FLOAT_EQ(record.face->landmarks[1], 50 * 3 + 1.0F);
    EXPECT_FLOAT_EQ(record.face->box[0], 60 * 2 + 0.5F);
    EXPECT_FLOAT_EQ(record.face->box[3], 170 * 3 + 1.0F);
}

TEST(Camera, MapsTheCropToThePhotoThroughTheTruncatedSize) {
    AlignedFace aligned = testing::aligned_face();
    aligned.scale_224 = 0.3337;  // 1000 x 500 becomes 333 x 166
    aligned.left_224 = 40;
    aligned.up_224 = -10;
    const CropToPhoto map = crop_to_photo(aligned, 1000, 500, 1000, 500);
    EXPECT_DOUBLE_EQ(map.scale_x, 1000.0 / 333);
    EXPECT_DOUBLE_EQ(map.scale_y, 500.0 / 166);
    EXPECT_DOUBLE_EQ(map.offset_x, 40 * 1000.0 / 333);
    EXPECT_DOUBLE_EQ(map.offset_y, -10 * 500.0 / 166);
    EXPECT_THROW(crop_to_photo(aligned, 2, 500, 2, 500), std::invalid_argument);
}

TEST(Camera, ProjectsLikeTheSpecificationInContinuousPixels) {
    // core.md 4 has y up: (1015 x/z + 112, 1015 y/z + 112).
    const CropPoint point = project(0.5F, 0.25F, 0.0F);
    EXPECT_FLOAT_EQ(point.x, 112 + 1015 * 0.05F);
    EXPECT_FLOAT_EQ(point.y, 224 - (112 + 1015 * 0.025F));
    EXPECT_FLOAT_EQ(point.depth, 10);
}

TEST(Camera, RotatesRowVectorsAsTheSpecificationSays) {
    // (Rz Ry Rx)^T for a quarter turn about z: row vector x becomes y.
    const auto r = rotation_matrix({0, 0, std::acos(-1.0) / 2});
    EXPECT_NEAR(r[0], 0, 1e-12);
    EXPECT_NEAR(r[1], 1, 1e-12);
    const auto all = rotation_matrix({0.3, -0.2, 0.1});
    // Ry(-0.2) applied to z after Rx(0.3): checked against an independent product.
    EXPECT_NEAR(all[6], std::cos(0.1) * std::sin(-0.2) * std::cos(0.3) + std::sin(0.1) * std::sin(0.3),
                1e-12);
    EXPECT_NEAR(all[2], std::sin(0.2), 1e-12);
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

}  // namespace
}  // namespace hrn::output
