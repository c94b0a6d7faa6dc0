// Closed lists of names: stages, output files, images, faces.
#include <gtest/gtest.h>

#include "shared/image_names.hpp"
#include "shared/output_files.hpp"
#include "shared/stage.hpp"

namespace hrn {
namespace {

TEST(Stages, HaveNamesAndSayWhetherSomebodyIsInThem) {
    EXPECT_EQ(stage_name(Stage::infer), "infer");
    EXPECT_EQ(presence_text(Stage::decode, Presence::in), "in decode");
    EXPECT_EQ(presence_text(Stage::write, Presence::waiting), "waiting for write");
    EXPECT_EQ(presence_text(Stage::none, Presence::waiting), "not begun");
    EXPECT_EQ(stage_name(static_cast<Stage>(200)), "none");
}

TEST(OutputFiles, AreFoundByNameAndNoOthersAre) {
    for (std::size_t i = 0; i < kOutputFiles.size(); ++i) {
        EXPECT_EQ(output_index(kOutputFiles[i]), static_cast<int>(i));
    }
    for (const char* wrong : {"", "mesh", "mesh.OBJ", "../mesh.obj", "core"}) {
        EXPECT_FALSE(output_index(wrong)) << wrong;
    }
}

TEST(ImageNames, EndInAnAcceptedExtensionInAnyCase) {
    for (const char* name : {"a.jpg", "a.JPEG", "a.Png", "a.bmp", "a.webp", "a.tif", "a.TIFF", "a.b.jpg"}) {
        EXPECT_TRUE(has_image_extension(name)) << name;
    }
    for (const char* name : {"a", "jpg", "a.gif", "a.jpg~2", "a.jpgx", "a.", ""}) {
        EXPECT_FALSE(has_image_extension(name)) << name;
    }
}

TEST(FurtherFaces, HaveOneSpelling) {
    EXPECT_EQ(further_face_number("face_2"), 2);
    EXPECT_EQ(further_face_number("face_99"), 99);
    for (const char* wrong : {"face_", "face_1", "face_0", "face_02", "face_100", "face_-2", "face_+2",
                              "face_2 ", "face_2x", "Face_2", "face2", "face_99999999999999"}) {
        EXPECT_FALSE(further_face_number(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace hrn
