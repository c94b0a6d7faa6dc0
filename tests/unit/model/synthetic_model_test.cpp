// Every array of the synthetic model against the reference scripts' checksums (tests/data/golden), computed
// in memory, network by network.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/core_tables.hpp"
#include "worker/model/front_tables.hpp"
#include "worker/model/parallel.hpp"
#include "worker/model/synthetic_face.hpp"
#include "worker/model/synthetic_numbers.hpp"

namespace hrn::model {
namespace {

using nlohmann::json;

json golden(const char* name) {
    return json::parse(read_whole(std::filesystem::path(HRN_TEST_DATA_DIR) / "golden" / name));
}

unsigned long checksum(const void* data, std::size_t size, unsigned long before = 0) {
    return crc32_z(before, static_cast<const unsigned char*>(data), size);
}

std::string hex(unsigned long crc) {
    char text[16];
    std::snprintf(text, sizeof text, "%08lx", crc);
    return text;
}

template <class T>
std::string checksum_of(const std::vector<T>& numbers) {
    return hex(checksum(numbers.data(), numbers.size() * sizeof(T)));
}

TEST(SyntheticNumbers, AgreeWithTheDefinitionsTestVectors) {
    EXPECT_EQ(fnv1a64(""), 0xCBF29CE484222325u);
    EXPECT_EQ(fnv1a64("a"), 0xAF63DC4C8601EC8Cu);
    const auto first = synthetic_tensor("fixture", "base", 1, -1, 1);
    EXPECT_EQ(first[0], -0.005746960639953613F);
}

class CoreTables : public testing::TestWithParam<int> {};

TEST_P(CoreTables, HaveEveryTensorOfTheReferenceToTheBit) {
    const auto network = core_networks().at(static_cast<std::size_t>(GetParam()));
    const auto expected = golden("model_hashes.json").at("networks");
    const auto prefix = network.file + ":" + network.name + ".";
    const auto wanted = std::count_if(expected.items().begin(), expected.items().end(),
                                      [&](const auto& item) { return item.key().starts_with(prefix); });
    EXPECT_EQ(static_cast<std::ptrdiff_t>(network.tensors.size()), wanted);
    std::vector<std::string> found(network.tensors.size());
    parallel_for(found.size(), [&](std::size_t i) {
        const auto& row = network.tensors[i];
        const auto array = fill_tensor(row, network.file, network.name + "." + row.name, default_seed);
        found[i] = hex(checksum(array.bytes.get(), array.byte_count));
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto& row = network.tensors[i];
        ASSERT_TRUE(expected.contains(prefix + row.name)) << row.name;
        const auto& entry = expected.at(prefix + row.name);
        EXPECT_EQ(found[i], entry.at("crc32")) << row.name;
        // The reference lists a scalar counter as one of one element.
        EXPECT_EQ(row.fill == Fill::counter ? std::vector<std::int64_t>{1} : row.shape, entry.at("shape"))
            << row.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Networks, CoreTables, testing::Range(0, 4));

class FrontTables : public testing::TestWithParam<int> {};

TEST_P(FrontTables, HaveEveryTensorOfTheReferenceToTheBit) {
    const auto network = front_networks().at(static_cast<std::size_t>(GetParam()));
    const auto expected = golden("front_hashes.json").at("files").at(network.hash_file);
    std::vector<Array> arrays(network.tensors.size());
    parallel_for(arrays.size(), [&](std::size_t i) {
        arrays[i] = fill_tensor(network.tensors[i], network.hash_file, network.tensors[i].name, default_seed);
    });
    unsigned long crc = 0;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        crc = checksum(network.tensors[i].name.data(), network.tensors[i].name.size(), crc);
        crc = checksum(arrays[i].bytes.get(), arrays[i].byte_count, crc);
    }
    EXPECT_EQ(arrays.size(), expected.at("tensors"));
    EXPECT_EQ(hex(crc), expected.at("crc32"));
}

INSTANTIATE_TEST_SUITE_P(Networks, FrontTables, testing::Range(0, 4));

class FaceAssets : public testing::Test {
protected:
    static std::string expected(const std::string& name) {
        static const json assets = golden("model_hashes.json").at("assets");
        return assets.at(name).at("crc32");
    }
    static std::vector<std::int32_t> from_one(std::vector<std::int32_t> numbers) {
        for (auto& x : numbers) {
            ++x;
        }
        return numbers;
    }
    const std::vector<double> axis_ = grid_axis(default_grid);
};

TEST_F(FaceAssets, TheTemplateIsTheReferencesToTheBit) {
    const auto shape = face_template(default_grid);
    EXPECT_EQ(checksum_of(std::vector<float>(shape.begin(), shape.end())),
              expected("BFM_model_front.mat:meanshape"));
}

TEST_F(FaceAssets, TheTopologyIsTheReferences) {
    std::vector<std::int32_t> corners;
    for (const auto& t : face_triangles(default_grid)) {
        corners.insert(corners.end(), t.begin(), t.end());
    }
    EXPECT_EQ(checksum_of(from_one(corners)), expected("BFM_model_front.mat:tri"));
    EXPECT_EQ(checksum_of(from_one(face_point_buffer(default_grid))),
              expected("BFM_model_front.mat:point_buf"));
}

TEST_F(FaceAssets, LandmarksAndTextureCoordinatesAreTheReferences) {
    auto landmarks = face_landmarks(default_grid);
    for (auto& vertex : landmarks) {
        ++vertex;
    }
    EXPECT_EQ(checksum_of(landmarks), expected("BFM_model_front.mat:keypoints (as int64)"));
    EXPECT_EQ(checksum_of(face_uvs(default_grid)), expected("bfm_uvs2.npy"));
}

TEST_F(FaceAssets, TheMeanTexturesAreTheReferences) {
    EXPECT_EQ(checksum_of(mean_texture(512)), expected("bfm_tex_mean2.npy"));
    EXPECT_EQ(checksum_of(synthetic_tensor("BFM_model_front.mat", "meantex", 3 * 189 * 189, 100.0, 200.0)),
              expected("BFM_model_front.mat:meantex"));
}

TEST_F(FaceAssets, TheShapeBasesAreTheReferencesToTheBit) {
    EXPECT_EQ(checksum_of(basis(identity_basis, axis_, axis_, default_seed)),
              expected("BFM_model_front.mat:idBase"));
    EXPECT_EQ(checksum_of(basis(expression_basis, axis_, axis_, default_seed)),
              expected("BFM_model_front.mat:exBase (as float32)"));
    EXPECT_EQ(checksum_of(basis(texture_basis, axis_, axis_, default_seed)),
              expected("BFM_model_front.mat:texBase"));
}

TEST_F(FaceAssets, TheTextureMapBasisIsTheReferencesToTheBit) {
    const auto columns = texel_axis(512);
    const std::vector<double> rows(columns.rbegin(), columns.rend());
    EXPECT_EQ(checksum_of(basis(texture_map_basis, columns, rows, default_seed)),
              expected("bfm_texmap_base2.npy"));
}

}  // namespace
}  // namespace hrn::model
