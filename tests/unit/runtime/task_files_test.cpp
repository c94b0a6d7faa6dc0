#include "worker/runtime/task_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/runtime/fake_supervisor.hpp"
#include "worker/runtime/task_failure.hpp"

namespace hrn::runtime {
namespace {

class ClaimedFiles : public ::testing::Test {
protected:
    std::string image_path(const TaskId& id) { return supervisor.claimed() + "/" + id.text() + "/image"; }
    ClaimedImage read(const TaskId& id, ImageLimits limits = {0, 100, 5}) {
        return read_claimed_image(supervisor.claimed(), id, limits);
    }
    ErrorCode code_of_reading(const TaskId& id, ImageLimits limits = {0, 100, 5}) {
        try {
            static_cast<void>(read(id, limits));
        } catch (const TaskFailed& failed) {
            return failed.failure().code;
        }
        return ErrorCode::none;
    }
    // The same in a child without root's rights, for which the modes of files count.
    bool fails_without_rights(const TaskId& id, ErrorCode code) {
        if (::chmod(supervisor.root().c_str(), 0755) != 0) {
            return false;
        }
        const pid_t child = ::fork();
        if (child == 0) {
            const bool unprivileged = ::geteuid() != 0 || ::setuid(65534) == 0;
            ::_exit(unprivileged && code_of_reading(id) == code ? 0 : 1);
        }
        int status = 1;
        return ::waitpid(child, &status, 0) == child && status == 0;
    }
    static std::string text(const ClaimedImage& image) {
        return {reinterpret_cast<const char*>(image.bytes.data()), image.bytes.size()};
    }

    test::FakeSupervisor supervisor;
};

TEST_F(ClaimedFiles, GiveTheImageAndItsName) {
    const TaskId id = supervisor.claim("bytes", "folder/photo.jpg");
    const ClaimedImage image = read(id);
    EXPECT_EQ(text(image), "bytes");
    EXPECT_EQ(image.source, "folder/photo.jpg");
    EXPECT_FALSE(image.changed);
}

TEST_F(ClaimedFiles, KeepANameThatIsNotUtf8) {
    const std::string name = "caf\xE9.jpg";
    EXPECT_EQ(read(supervisor.claim("bytes", name)).source, name);
}

TEST_F(ClaimedFiles, CostOnlyTheNameWhenTheTaskFileIsBroken) {
    const TaskId id = supervisor.claim("bytes");
    for (const char* broken : {"", "{", "[1]", R"({"source": 7})", R"({"source_bytes": "%%"})"}) {
        test::write_file(supervisor.claimed() + "/" + id.text() + "/task.json", broken);
        EXPECT_EQ(read(id).source, "") << broken;
        EXPECT_EQ(text(read(id)), "bytes") << broken;
    }
}

TEST_F(ClaimedFiles, AreReadOnlyAsFarAsNeeded) {
    EXPECT_EQ(text(read(supervisor.claim("bytes"), {0, 3, 5})), "byt");
}

TEST_F(ClaimedFiles, TellAFileThatIsNotWhatWasClaimed) {
    EXPECT_TRUE(read(supervisor.claim("more bytes")).changed);
}

TEST_F(ClaimedFiles, TellAnEmptyFile) {
    EXPECT_EQ(code_of_reading(supervisor.claim(""), {0, 100, 0}), ErrorCode::empty_file);
}

TEST_F(ClaimedFiles, TellAFileThatBecameEmpty) {
    EXPECT_EQ(code_of_reading(supervisor.claim(""), {0, 100, 5}), ErrorCode::file_changed);
}

TEST_F(ClaimedFiles, TellAFileThatIsTooLarge) {
    EXPECT_EQ(code_of_reading(supervisor.claim("bytes"), {4, 100, 5}), ErrorCode::file_too_large);
    EXPECT_EQ(code_of_reading(supervisor.claim("bytes"), {5, 100, 5}), ErrorCode::none);
}

TEST_F(ClaimedFiles, TellAMissingTask) {
    EXPECT_EQ(code_of_reading(TaskId::generate()), ErrorCode::original_missing);
}

TEST_F(ClaimedFiles, TellAMissingImage) {
    const TaskId id = supervisor.claim("bytes");
    std::filesystem::remove(image_path(id));
    EXPECT_EQ(code_of_reading(id), ErrorCode::original_missing);
}

TEST_F(ClaimedFiles, DoNotFollowASymbolicLink) {
    const TaskId id = supervisor.claim("bytes");
    const TaskId other = supervisor.claim("secret");
    std::filesystem::remove(image_path(id));
    std::filesystem::create_symlink(image_path(other), image_path(id));
    EXPECT_EQ(code_of_reading(id), ErrorCode::original_missing);
}

TEST_F(ClaimedFiles, DoNotWaitForAFifo) {
    const TaskId id = supervisor.claim("bytes");
    std::filesystem::remove(image_path(id));
    ASSERT_EQ(::mkfifo(image_path(id).c_str(), 0600), 0);
    EXPECT_EQ(code_of_reading(id), ErrorCode::original_missing);
}

TEST_F(ClaimedFiles, TellAFileThatMayNotBeRead) {
    const TaskId id = supervisor.claim("bytes");
    ASSERT_EQ(::chmod(image_path(id).c_str(), 0), 0);
    EXPECT_TRUE(fails_without_rights(id, ErrorCode::permission_denied));
}

TEST_F(ClaimedFiles, DoNotBlameTheUserForAFolderThatTheServiceMade) {
    const TaskId id = supervisor.claim("bytes");
    ASSERT_EQ(::chmod((supervisor.claimed() + "/" + id.text()).c_str(), 0), 0);
    EXPECT_TRUE(fails_without_rights(id, ErrorCode::io_error));
}

}  // namespace
}  // namespace hrn::runtime
