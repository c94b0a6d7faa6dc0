#include "worker/runtime/result_folder.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "shared/fs.hpp"
#include "tests/unit/runtime/fake_supervisor.hpp"

namespace hrn::runtime {
namespace {

namespace files = std::filesystem;

const std::vector<OutputFile> kFiles = {{"", "mesh.obj", "vertices"},
                                        {"", "texture.jpg", "pixels"},
                                        {"face_2", "mesh.obj", "more"},
                                        {"face_3", "mesh.obj", "others"},
                                        {"", "result.json", "{}"}};

class ResultFolderTest : public ::testing::Test {
protected:
    ~ResultFolderTest() override { fs::set_fault_hook({}); }

    WrittenSizes write(const std::vector<OutputFile>& outputs = kFiles) {
        return ResultFolder(supervisor.generation_folder(), id).write(outputs, [] {});
    }
    // Every file below the result's folder with its contents.
    std::map<std::string, std::string> contents() {
        std::map<std::string, std::string> found;
        const std::string root = supervisor.result_path(id);
        for (const auto& entry : files::recursive_directory_iterator(root)) {
            if (entry.is_regular_file()) {
                found[entry.path().string().substr(root.size() + 1)] = test::read_file(entry.path());
            }
        }
        return found;
    }

    test::FakeSupervisor supervisor;
    TaskId id = TaskId::generate();
};

const std::map<std::string, std::string> kContents = {{"mesh.obj", "vertices"},
                                                      {"texture.jpg", "pixels"},
                                                      {"face_2/mesh.obj", "more"},
                                                      {"face_3/mesh.obj", "others"},
                                                      {"result.json", "{}"}};

TEST_F(ResultFolderTest, HoldsEveryFileAndSaysHowLargeEachIs) {
    const WrittenSizes sizes = write();
    EXPECT_EQ(contents(), kContents);
    EXPECT_EQ(sizes.bytes[static_cast<std::size_t>(*output_index("mesh.obj"))], 8U);
    EXPECT_EQ(sizes.bytes[static_cast<std::size_t>(*output_index("texture.jpg"))], 6U);
    EXPECT_EQ(sizes.bytes[static_cast<std::size_t>(*output_index("result.json"))], 2U);
    EXPECT_EQ(sizes.bytes[static_cast<std::size_t>(*output_index("mesh.ply"))], kNoSuchOutput);
    EXPECT_EQ(sizes.further_files, 2U);
    EXPECT_EQ(sizes.further_bytes, 10U);
}

TEST_F(ResultFolderTest, ReplacesWhatAnEarlierAttemptLeft) {
    write({{"", "mesh.ply", "old"}, {"face_7", "mesh.ply", "old"}});
    write();
    EXPECT_EQ(contents(), kContents);
}

TEST_F(ResultFolderTest, RefusesNamesThatAreOnNoList) {
    for (const OutputFile& file : std::vector<OutputFile>{{"", "notes.txt", ""},
                                                          {"", "../mesh.obj", ""},
                                                          {"face_1", "mesh.obj", ""},
                                                          {"..", "mesh.obj", ""},
                                                          {"face_2/x", "mesh.obj", ""}}) {
        EXPECT_THROW(write({file}), std::logic_error) << file.folder << "/" << file.name;
        EXPECT_FALSE(supervisor.result_exists(id));
    }
}

TEST_F(ResultFolderTest, SyncsLargeFilesAndLeavesTheRestToTheSupervisor) {
    std::vector<std::string> calls;
    fs::set_fault_hook([&](std::string_view call, std::string_view name) {
        if (call == "write" || call == "fsync") {
            calls.push_back(std::string(call) + (call == "write" ? " " + std::string(name) : ""));
        }
        return 0;
    });
    write({{"", "mesh.obj", std::string(1u << 20, 'v')}, {"", "mesh.mtl", "a"}, {"face_2", "mesh.obj", "b"}});
    EXPECT_EQ(calls,
              (std::vector<std::string>{"write mesh.obj", "fsync", "write mesh.mtl", "write mesh.obj"}));
}

class FailingDisk : public ResultFolderTest, public ::testing::WithParamInterface<int> {};

// Fails the N-th call of shared/fs, for every N, until a run needs fewer calls than that.
TEST_P(FailingDisk, LeavesNothingBehindWhicheverCallFails) {
    const int error = GetParam();
    int failing_call = 0;
    for (bool fired = true; fired;) {
        ++failing_call;
        fired = false;
        int calls = 0;
        fs::set_fault_hook([&](std::string_view, std::string_view) {
            if (++calls != failing_call) {
                return 0;
            }
            fired = true;
            return error;
        });
        try {
            ResultFolder folder(supervisor.generation_folder(), id);
            try {
                static_cast<void>(folder.write(kFiles, [] {}));
            } catch (const fs::FsError&) {
                EXPECT_TRUE(folder.discard());
                throw;
            }
            EXPECT_FALSE(fired) << "call " << failing_call << " failed and nobody noticed";
            EXPECT_EQ(contents(), kContents);
        } catch (const fs::FsError& failure) {
            EXPECT_TRUE(fired);
            EXPECT_EQ(failure.error(), error);
            EXPECT_FALSE(supervisor.result_exists(id)) << "after call " << failing_call;
        }
    }
    EXPECT_GT(failing_call, 15);
}

std::string error_word(const ::testing::TestParamInfo<int>& test) {
    switch (test.param) {
        case ENOSPC:
            return "NoSpace";
        case EDQUOT:
            return "Quota";
        case EROFS:
            return "ReadOnly";
        default:
            return "Broken";
    }
}
INSTANTIATE_TEST_SUITE_P(Errors, FailingDisk, ::testing::Values(ENOSPC, EDQUOT, EROFS, EIO), error_word);

TEST_F(ResultFolderTest, SaysSoWhenItCannotBeDiscarded) {
    ResultFolder folder(supervisor.generation_folder(), id);
    static_cast<void>(folder.write(kFiles, [] {}));
    fs::set_fault_hook([](std::string_view call, std::string_view) { return call == "unlinkat" ? EIO : 0; });
    EXPECT_FALSE(folder.discard());
}

}  // namespace
}  // namespace hrn::runtime
