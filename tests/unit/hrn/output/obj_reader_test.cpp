#include "worker/hrn/output/tool/obj_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/hrn/output/test_face.hpp"
#include "worker/hrn/output/obj_writer.hpp"

namespace hrn::output {
namespace {

std::string message_of(const std::string& text) {
    try {
        read_obj(text);
    } catch (const OutputError& error) {
        return error.what();
    }
    return "no error";
}

TEST(ObjReader, ReadsWhatTheWriterWrote) {
    const auto mesh = testing::dome(12);
    std::string text;
    append_obj(text, mesh.view());
    const ObjMesh got = read_obj(text);
    EXPECT_EQ(got.faces, mesh.topology.faces);
    ASSERT_EQ(got.positions.size(), mesh.positions.size());
    for (std::size_t i = 0; i < got.positions.size(); ++i) {
        EXPECT_NEAR(got.positions[i], mesh.positions[i], 5e-7);
        EXPECT_NEAR(got.normals[i], mesh.normals[i], 5e-7);
    }
    EXPECT_EQ(got.uvs.size(), mesh.topology.uvs.size());
}

TEST(ObjReader, NamesTheLineThatIsWrong) {
    EXPECT_EQ(message_of("# fine\nv 1 2\n"), "line 2: a number is missing or unreadable");
    EXPECT_EQ(message_of("v 1 2 x\n"), "line 1: a number is missing or unreadable");
    EXPECT_EQ(message_of("f 1/2/3 1/1/1 1/1/1\n"),
              "line 1: position, texture coordinate and normal have different indices");
    EXPECT_EQ(message_of("f 0/0/0 1/1/1 1/1/1\n"), "line 1: a corner needs indices from 1");
    EXPECT_EQ(message_of("f 1/ 1 1\n"), "line 1: a corner needs indices from 1");
    EXPECT_EQ(message_of("f 1-1 1 1\n"), "line 1: a corner is not of the form 1/1/1");
    EXPECT_EQ(message_of("f 1 1 1 1\n"), "line 1: a face has more than three corners");
    EXPECT_EQ(message_of("f 1 1\n"), "line 1: a corner needs indices from 1");
}

TEST(ObjReader, RefusesFacesOfVerticesThatAreNotThere) {
    EXPECT_THAT(message_of("v 0 0 0\nvt 0 0\nvn 0 0 1\nf 1 1 2\n"), ::testing::HasSubstr("vertex 1 of 1"));
    EXPECT_NE(message_of(""), "no error");
}

}  // namespace
}  // namespace hrn::output
