// A whole hrn-worker-sim that is told to escape, from its stage threads, in the middle of its work.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <string>

#include "shared/unique_fd.hpp"
#include "tests/unit/runtime/worker_process.hpp"
#include "worker/runtime/confinement/landlock.hpp"

namespace hrn::runtime {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

class EscapeTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (landlock_abi() == 0) {
            GTEST_SKIP() << "this kernel has no Landlock";
        }
        config.simulated.service_ms = 0;
        config.simulated.load_ms = 0;
        worker.start(supervisor, config);
        ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    }
    // The errno with which a running worker is refused; 0: it got out, and the task is done.
    int refusal(const std::string& way) {
        const std::string image = "hrn-sim: escape " + way + "\n";
        const TaskId id = supervisor.claim(image);
        supervisor.order(id, 1, image.size());
        const ReportRecord report = supervisor.next_report();
        if (report.kind == ReportKind::done) {
            return 0;
        }
        EXPECT_EQ(report.error, static_cast<std::uint16_t>(ErrorCode::permission_denied)) << text_of(report);
        return report.error_number;
    }
    std::string outside(const std::string& name) const { return supervisor.root() + "/" + name; }

    test::FakeSupervisor supervisor;
    Config config = supervisor.config();
    test::WorkerProcess worker;
};

TEST_F(EscapeTest, WritesNoFileOutsideOfItsFolder) {
    EXPECT_EQ(refusal("write " + outside("made")), EACCES);
    EXPECT_FALSE(std::filesystem::exists(outside("made")));
}
TEST_F(EscapeTest, WritesNoFileOutsideFromAnyStage) {
    for (const char* stage : {"decode", "infer", "write"}) {
        EXPECT_EQ(refusal("write " + outside("made") + " in " + stage), EACCES) << stage;
    }
}
TEST_F(EscapeTest, WritesNothingIntoTheClaimedImages) {
    EXPECT_EQ(refusal("write " + supervisor.claimed() + "/made"), EACCES);
}
TEST_F(EscapeTest, WritesBelowItsOwnFolder) {
    EXPECT_EQ(refusal("write " + supervisor.generation_folder() + "/made"), 0);
    EXPECT_TRUE(std::filesystem::exists(supervisor.generation_folder() + "/made"));
}
TEST_F(EscapeTest, ReadsNoFileThatIsNotItsBusiness) {
    test::write_file(outside("secret"), "x");
    EXPECT_EQ(refusal("read " + outside("secret")), EACCES);
}
TEST_F(EscapeTest, ChangesNoModeOfAFileThatItMayRead) {
    EXPECT_EQ(refusal("change " + supervisor.claimed()), EPERM);
}
TEST_F(EscapeTest, ReachesNoNetwork) {
    EXPECT_EQ(refusal("connect"), EPERM);
}
TEST_F(EscapeTest, DoesNotReachTheControlSocket) {
    const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = outside("s");
    ASSERT_LT(path.size(), sizeof(address.sun_path));
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(refusal("control " + path), EPERM);
}
TEST_F(EscapeTest, RunsNoProgram) {
    EXPECT_EQ(refusal("run /bin/true"), EPERM);
}
TEST_F(EscapeTest, HasNoChildren) {
    if (kSanitized) {
        GTEST_SKIP() << "the sanitizers need it";
    }
    EXPECT_EQ(refusal("fork"), EPERM);
}
TEST_F(EscapeTest, SignalsNobody) {
    EXPECT_EQ(refusal("signal"), EPERM);
}
TEST_F(EscapeTest, TracesNobody) {
    EXPECT_EQ(refusal("trace"), EPERM);
}
TEST_F(EscapeTest, GoesOnWorkingAfterARefusal) {
    EXPECT_EQ(refusal("connect"), EPERM);
    const TaskId id = supervisor.claim("an image");
    supervisor.order(id, 1, 8);
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
}

}  // namespace
}  // namespace hrn::runtime
