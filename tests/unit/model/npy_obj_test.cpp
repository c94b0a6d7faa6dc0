// .npy and .obj files: good ones, and every way in which they are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/model/refusal.hpp"
#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/npy_file.hpp"
#include "worker/model/npy_writer.hpp"
#include "worker/model/obj_file.hpp"
#include "worker/model/tensor_table.hpp"

namespace hrn::model {
namespace {

using testing::HasSubstr;

// A version 1 file with this header text and these numbers.
std::string npy(const std::string& header, const std::string& data) {
    std::string out("\x93NUMPY\x01\x00", 8);
    out += static_cast<char>(header.size());
    out += '\0';
    return out + header + data;
}

std::string floats(const std::vector<float>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)};
}

class NpyFile : public testing::Test {
protected:
    [[nodiscard]] Array read(const std::string& content) const {
        return read_npy(scratch_.write("a.npy", content));
    }
    [[nodiscard]] std::string refused(const std::string& content) const {
        return refusal([&] { static_cast<void>(read(content)); });
    }
    ScratchFolder scratch_;
};

TEST_F(NpyFile, WhatIsWrittenIsReadBack) {
    const auto path = scratch_.path() / "deep/a.npy";
    write_npy(path, array_of(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
    const auto array = read_npy(path);
    EXPECT_EQ(array.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(array.to_floats(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_NE(array.floats_in_place(), nullptr);
}

TEST_F(NpyFile, ColumnMajorNumbersKeepTheirPlaces) {
    const auto array =
        read(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", floats({1, 4, 2, 5, 3, 6})));
    EXPECT_EQ(array.to_floats(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

TEST_F(NpyFile, Version2HasAWiderHeaderLength) {
    const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
    std::string content("\x93NUMPY\x02\x00", 8);
    const auto length = static_cast<std::uint32_t>(header.size());
    content.append(reinterpret_cast<const char*>(&length), sizeof length)
        .append(header)
        .append("\x01\x02\xff");
    EXPECT_EQ(read(content).to_integers(), (std::vector<std::int64_t>{1, 2, 255}));
}

TEST_F(NpyFile, AScalarHasNoAxes) {
    const auto array = read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", floats({9})));
    EXPECT_TRUE(array.shape.empty());
    EXPECT_EQ(array.to_floats(), std::vector<float>{9});
}

TEST_F(NpyFile, ATruncatedFileSaysWhatIsMissing) {
    const auto text =
        refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", floats({1, 2})));
    EXPECT_THAT(text, HasSubstr("a.npy: holds 8 bytes of numbers, shape (2, 3) needs 24"));
}

TEST_F(NpyFile, ObjectsAndBigEndianNumbersAreRefused) {
    for (const char* type : {"|O", ">f4", "<c8", "<U3"}) {
        EXPECT_THAT(
            refused(npy(std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (1,), }\n",
                        "12345678")),
            HasSubstr("is not a little-endian number"))
            << type;
    }
}

TEST_F(NpyFile, ImpossibleHeadersAreRefused) {
    for (const char* header :
         {"", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': }",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
          "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
          "{'descr': ", "{'descr': '<f4', 'fortran_order': False, 'shape': (1x,), }"}) {
        EXPECT_THAT(refused(npy(header, "1234")), HasSubstr("a.npy: ")) << header;
    }
    EXPECT_THAT(refused("no numbers at all"), HasSubstr("is not a .npy file"));
    EXPECT_THAT(refused(std::string("\x93NUMPY\x01\x00\xff\xff", 10) + "  "), HasSubstr("truncated file?"));
}

class ObjFile : public testing::Test {
protected:
    [[nodiscard]] std::vector<std::array<int, 3>> read(const std::string& text) const {
        return read_obj_faces(scratch_.write("t.obj", text));
    }
    [[nodiscard]] std::string refused(const std::string& text) const {
        return refusal([&] { static_cast<void>(read(text)); });
    }
    ScratchFolder scratch_;
};

TEST_F(ObjFile, OnlyTheFirstIndexOfEachCornerCounts) {
    const auto faces = read("# c\nv 0 0 0\nvt 0 0\nfoo 1 2 3\n f 1/9/9 2//9 3\r\nf\t4 5/1 6 \nf 7 8 9");
    EXPECT_THAT(faces, testing::ElementsAre(std::array<int, 3>{0, 1, 2}, std::array<int, 3>{3, 4, 5},
                                            std::array<int, 3>{6, 7, 8}));
}

TEST_F(ObjFile, ABadIndexIsNamedWithItsLine) {
    EXPECT_THAT(refused("v 0 0 0\nf 1 2 0\n"), HasSubstr("t.obj, line 2: '0' is not a vertex number from 1"));
    EXPECT_THAT(refused("f 1 -2 3\n"), HasSubstr("'-2'"));
    EXPECT_THAT(refused("f 1 2 99999999999\n"), HasSubstr("'99999999999'"));
    EXPECT_THAT(refused("f 1 2 x/1\n"), HasSubstr("'x'"));
}

TEST_F(ObjFile, FacesAreTriangles) {
    EXPECT_THAT(refused("f 1 2\n"), HasSubstr("line 1: a face has fewer than three corners"));
    EXPECT_THAT(refused("f 1 2 3 4\n"), HasSubstr("line 1: a face has more than three corners"));
}

TEST_F(ObjFile, AFileWithoutFacesIsRefused) {
    EXPECT_THAT(refused("v 0 0 0\n"), HasSubstr("t.obj: has no faces"));
}

}  // namespace
}  // namespace hrn::model
