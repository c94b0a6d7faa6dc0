// The real thing: a portrait through the real supervisor, a real worker and the real networks, on the CPU
// with the demo model. Slow by nature (seconds an image), so few images, and several expectations on each.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;

// Synthesised once per build tree, by whichever test comes first.
std::string demo_model() {
    const std::string folder = files::path(HRN_BIN_DIR).parent_path().string() + "/test-models/demo";
    if (!files::exists(folder + "/model.json")) {
        files::remove_all(folder);
        files::create_directories(files::path(folder).parent_path());
        const Finished finished = run_program(bin("hrn-model"), {"synthesise", folder, "--profile", "demo"});
        if (finished.status != 0) {
            throw std::runtime_error("hrn-model synthesise: " + finished.err);
        }
    }
    return folder;
}

Service::Settings real_settings() {
    return {{"model", "kind = \"hrn\""},          {"model", "dir = \"" + demo_model() + "\""},
            {"workers", "devices = [\"cpu\"]"},   {"limits", "stage_timeout_s = 240.0"},
            {"limits", "task_timeout_s = 280.0"}, {"output", "mesh = [\"obj\"]"},
            {"output", "preview = false"}};
}

std::string big_endian(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

std::string little_endian(std::uint32_t value) {
    const std::string big = big_endian(value);
    return {big.rbegin(), big.rend()};
}

std::uint32_t crc_of(const std::string& bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
        }
    }
    return ~crc;
}

// The head of a PNG that claims so many pixels, and nothing behind it.
std::string png_head(std::uint32_t width, std::uint32_t height) {
    const std::string chunk =
        "IHDR" + big_endian(width) + big_endian(height) + std::string("\x08\x02\x00\x00\x00", 5);
    return std::string("\x89PNG\r\n\x1a\n") + big_endian(13) + chunk + big_endian(crc_of(chunk));
}

// A BMP of one grey: a whole image without a face.
std::string grey_bmp(std::uint32_t size) {
    const std::uint32_t bytes = size * size * 3;
    return "BM" + little_endian(54 + bytes) + little_endian(0) + little_endian(54) + little_endian(40) +
           little_endian(size) + little_endian(size) + std::string("\x01\x00\x18\x00", 4) +
           std::string(24, '\0') + std::string(bytes, '\x80');
}

std::string error_code_of(const Service& service, const std::string& name) {
    const std::string record = read_whole(service.root() + "/spool/failed/" + name + ".error.json");
    return nlohmann::json::parse(record).at("code");
}

const std::string kPortrait = std::string(HRN_TEST_DATA_DIR) + "/astronaut.png";

TEST(Portrait, OnePhotoBecomesAMeshOnItsFaceAndBrokenFilesAreNamedBesideIt) {
    Service service(real_settings());
    service.start();
    service.drop_file("astronaut.png", kPortrait);
    service.drop("text.jpg", "this is no image at all, only some text with a lying name");
    service.drop("truncated.png", read_whole(kPortrait).substr(0, 200'000));
    service.drop("huge.png", png_head(60'000, 60'000));
    service.drop("grey.bmp", grey_bmp(400));
    service.drop("empty.jpg", "");
    EXPECT_EQ(service.wait_all(280), 1) << service.log();

    const auto published = service.published();
    ASSERT_EQ(published.size(), 1u) << service.log();
    const nlohmann::json& result = published.at("astronaut.png");
    const std::string folder = service.results() + "/astronaut.png";
    for (const char* name : {"mesh.obj", "mesh.mtl", "texture.jpg", "result.json"}) {
        EXPECT_GT(files::file_size(folder + "/" + name), 0u) << name;
    }
    for (const char* key :
         {"schema", "id", "source", "model", "device", "precision", "front_end", "attempts", "image",
          "face_box", "landmarks", "coefficients", "camera", "quality", "stages", "outputs"}) {
        EXPECT_TRUE(result.contains(key)) << key;
    }
    ASSERT_EQ(result.at("landmarks").size(), 68u);
    // The astronaut's face lies around (220, 110) in the 512-pixel photo.
    double x = 0;
    double y = 0;
    for (const auto& point : result.at("landmarks")) {
        x += point.at(0).get<double>() / 68;
        y += point.at(1).get<double>() / 68;
    }
    EXPECT_NEAR(x, 225, 40);
    EXPECT_NEAR(y, 120, 50);
    // The mesh lies on the face: its landmarks fall on the photo's within a few pixels of the 224 crop.
    EXPECT_LT(result.at("quality").at("landmark_error").get<double>(), 6.0) << result.at("quality").dump();

    EXPECT_EQ(error_code_of(service, "text.jpg"), "unsupported_format");
    EXPECT_EQ(error_code_of(service, "truncated.png"), "unreadable_image");
    EXPECT_EQ(error_code_of(service, "huge.png"), "too_many_pixels");
    EXPECT_EQ(error_code_of(service, "grey.bmp"), "no_face");
    EXPECT_EQ(error_code_of(service, "empty.jpg"), "empty_file");
    EXPECT_EQ(service.status().at("workers").at(0).at("restarts"), 0)
        << "bad input never takes a worker down";
}

// The part of the portrait to the right of a column, as `extension` says.
std::string right_of(int column, const std::string& extension) {
    const cv::Mat photo = cv::imread(kPortrait);
    std::vector<unsigned char> bytes;
    if (photo.empty() || !cv::imencode(extension, photo.colRange(column, photo.cols), bytes)) {
        throw std::runtime_error("OpenCV cannot cut " + kPortrait);
    }
    return {bytes.begin(), bytes.end()};
}

TEST(Portrait, AFaceThatTheBorderCutsOffIsNamed) {
    Service service(real_settings());
    service.start();
    service.drop("half-is-cut.png", right_of(210, ".png"));  // her nose is at column 224 of 512
    service.drop("one-eye-is-left.png", right_of(240, ".png"));
    const std::string jpeg = right_of(0, ".jpg");
    service.drop("truncated.jpg", jpeg.substr(0, jpeg.size() / 2));
    EXPECT_EQ(service.wait_all(280), 1) << service.log();
    EXPECT_TRUE(service.published().empty());
    EXPECT_EQ(error_code_of(service, "half-is-cut.png"), "face_cut_off");
    EXPECT_EQ(error_code_of(service, "one-eye-is-left.png"), "no_face");
    EXPECT_EQ(error_code_of(service, "truncated.jpg"), "unreadable_image");
    EXPECT_EQ(service.status().at("workers").at(0).at("restarts"), 0);
}

TEST(Portrait, TwoRealWorkersShareThePhotosAndTheirMeshesAreEqualToTheBit) {
    Service::Settings settings = real_settings();
    settings.add("workers", "per_device = 2");
    Service service(settings);
    service.start();
    for (int i = 0; i < 4; ++i) {
        service.drop_file("copy-" + std::to_string(i) + ".png", kPortrait);
    }
    ASSERT_EQ(service.wait_all(280), 0) << service.log();
    ASSERT_EQ(service.published().size(), 4u);
    const std::string mesh = read_whole(service.results() + "/copy-0.png/mesh.obj");
    const std::string texture = read_whole(service.results() + "/copy-0.png/texture.jpg");
    for (int i = 1; i < 4; ++i) {
        const std::string folder = service.results() + "/copy-" + std::to_string(i) + ".png";
        EXPECT_EQ(read_whole(folder + "/mesh.obj"), mesh);
        EXPECT_EQ(read_whole(folder + "/texture.jpg"), texture);
    }
    const nlohmann::json status = service.status();
    for (const auto& worker : status.at("workers")) {
        EXPECT_GE(worker.at("completed").get<int>(), 1) << "each worker does its share";
    }
}

TEST(Portrait, AModelFolderThatIsMissingLeavesTheServiceUpAndSaysWhy) {
    Service::Settings settings = real_settings();
    settings.add("model", "dir = \"/nonexistent/model\"");
    Service service(settings);
    service.start();
    ASSERT_TRUE(Service::eventually([&] { return !service.status().at("problems").empty(); }));
    EXPECT_EQ(service.status().at("state"), "degraded");
    EXPECT_NE(service.status().at("problems").dump().find("/nonexistent/model"), std::string::npos)
        << service.status().dump(1);
}

}  // namespace
}  // namespace hrn::test
