#include "supervisor/storage/publish.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "shared/worker_launch.hpp"
#include "tests/unit/shared/temp_folder.hpp"
#include "tests/unit/supervisor/storage/fake_service.hpp"

namespace hrn::supervisor::storage {
namespace {

using test::TempFolder;

class Publish : public testing::Test {
protected:
    Publish()
        : config(test::service_config(temp.path())),
          folders(config.service, false),
          sync(folders.spool.get()) {
        worker = "results/.tmp/" + generation_text(7) + "/" + id.text();
        report.output_bytes.fill(kNoSuchOutput);
        add("result.json", R"({"id": ")" + id.text() + R"("})");
        add("mesh.obj", "v 0 0 0\n");
    }
    void add(const std::string& name, const std::string& text) {
        temp.write(worker + "/" + name, text);
        report.output_bytes.at(static_cast<std::size_t>(output_index(name).value())) = text.size();
    }
    Published publish(const std::string& name, bool sync_files = false) {
        return publish_result(folders, sync, {7, id, name, sync_files}, report);
    }
    std::string refusal() {
        try {
            static_cast<void>(publish("x.jpg"));
        } catch (const PublishRefused& refused) {
            return refused.what();
        }
        return "";
    }

    TempFolder temp;
    Config config;
    Folders folders;
    GroupSync sync;
    TaskId id = TaskId::parse("01900000-0000-7000-8000-00000000002a").value();
    std::string worker;
    ReportRecord report;
};

TEST_F(Publish, MovesTheFolderAndMakesItsParents) {
    EXPECT_EQ(publish("a/b/x.jpg"), Published::published);
    EXPECT_TRUE(temp.exists("results/a/b/x.jpg/mesh.obj"));
    EXPECT_FALSE(temp.exists(worker));
}

TEST_F(Publish, SyncsEveryFileAndFolderBeforeTheRenameWhenAsked) {
    add("mesh.mtl", "newmtl face\n");
    temp.write(worker + "/face_2/mesh.obj", "v 1 1 1\n");
    report.further_files = 1;
    report.further_bytes = 8;
    int fsyncs = 0;
    int before_the_rename = 0;
    fs::set_fault_hook([&](std::string_view call, std::string_view) {
        fsyncs += call == "fsync" ? 1 : 0;
        before_the_rename = call == "renameat2" ? fsyncs : before_the_rename;
        return 0;
    });
    EXPECT_EQ(publish("x.jpg", true), Published::published);
    fs::set_fault_hook({});
    EXPECT_EQ(before_the_rename, 6);  // four files, two folders
}

TEST_F(Publish, NeverOverwritesWhatHasTheName) {
    temp.write("results/x.jpg/note.txt", "mine");
    EXPECT_EQ(publish("x.jpg"), Published::name_taken);
    EXPECT_TRUE(temp.exists(worker + "/mesh.obj"));
    temp.write("results/y.jpg", "a file");
    EXPECT_EQ(publish("y.jpg"), Published::name_taken);
}

TEST_F(Publish, RefusesAFileThatIsNotOnTheList) {
    temp.write(worker + "/evil.sh", "x");
    EXPECT_NE(refusal().find("evil.sh"), std::string::npos);
}

TEST_F(Publish, RefusesASizeThatWasNotReported) {
    temp.write(worker + "/mesh.obj", "longer than was reported");
    EXPECT_NE(refusal().find("mesh.obj"), std::string::npos);
}

TEST_F(Publish, RefusesAFileThatWasNotReported) {
    temp.write(worker + "/mesh.ply", "ply");
    EXPECT_NE(refusal().find("mesh.ply"), std::string::npos);
}

TEST_F(Publish, RefusesAMissingFile) {
    ASSERT_EQ(::unlink(temp.path(worker + "/mesh.obj").c_str()), 0);
    EXPECT_NE(refusal().find("mesh.obj"), std::string::npos);
}

TEST_F(Publish, RefusesASymlink) {
    ASSERT_EQ(::unlink(temp.path(worker + "/mesh.obj").c_str()), 0);
    ASSERT_EQ(::symlink("/etc/passwd", temp.path(worker + "/mesh.obj").c_str()), 0);
    EXPECT_NE(refusal().find("no regular file"), std::string::npos);
}

TEST_F(Publish, RefusesAFileWithAnotherLink) {
    ASSERT_EQ(::link(temp.path(worker + "/mesh.obj").c_str(), temp.path("spool/keep").c_str()), 0);
    EXPECT_NE(refusal().find("2 links"), std::string::npos);
}

TEST_F(Publish, RefusesASymlinkInPlaceOfTheFolder) {
    std::filesystem::rename(temp.path(worker), temp.path("elsewhere"));
    ASSERT_EQ(::symlink(temp.path("elsewhere").c_str(), temp.path(worker).c_str()), 0);
    EXPECT_NE(refusal().find("is not there"), std::string::npos);
}

TEST_F(Publish, RefusesAFolderWithoutItsDescription) {
    report.output_bytes.at(0) = kNoSuchOutput;
    ASSERT_EQ(::unlink(temp.path(worker + "/result.json").c_str()), 0);
    EXPECT_NE(refusal().find("result.json"), std::string::npos);
}

TEST_F(Publish, AcceptsFurtherFacesWhoseSumsAreRight) {
    temp.write(worker + "/face_2/mesh.obj", "12345");
    temp.write(worker + "/face_2/mesh.mtl", "123");
    EXPECT_NE(refusal().find("face_N"), std::string::npos);
    report.further_bytes = 8;
    report.further_files = 2;
    EXPECT_EQ(publish("x.jpg"), Published::published);
}

TEST_F(Publish, RefusesAForeignFileInAFurtherFace) {
    temp.write(worker + "/face_2/core", "x");
    report.further_bytes = 1;
    report.further_files = 1;
    EXPECT_NE(refusal().find("face_2/core"), std::string::npos);
}

TEST_F(Publish, ReadsBackWhoseResultItIs) {
    ASSERT_EQ(publish("x.jpg"), Published::published);
    ASSERT_TRUE(read_result(folders, "x.jpg"));
    EXPECT_EQ(read_result(folders, "x.jpg")->id, id);
    EXPECT_FALSE(read_result(folders, "y.jpg"));
    temp.write("results/z.jpg/result.json", "{\"id\": 7");
    EXPECT_FALSE(read_result(folders, "z.jpg"));
}

}  // namespace
}  // namespace hrn::supervisor::storage
