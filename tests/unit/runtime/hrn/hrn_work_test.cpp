// What of HrnWork needs no model: how loading fails.
#include "worker/runtime/hrn/hrn_work.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/runtime/fake_supervisor.hpp"

namespace hrn::runtime {
namespace {

class HrnWorkTest : public ::testing::Test {
protected:
    // The failure of loading with these settings, as "status: message".
    std::string load_failure() {
        try {
            static_cast<void>(HrnWork({config, launch, nullptr}).load());
        } catch (const LoadFailed& failed) {
            return std::to_string(static_cast<int>(failed.status())) + ": " + failed.what();
        }
        return "";
    }

    test::ScratchFolder folder;
    Config config = default_config();
    WorkerLaunch launch = [] {
        WorkerLaunch cpu;
        cpu.device = "cpu";
        return cpu;
    }();
};

TEST_F(HrnWorkTest, NamesAModelDirectoryThatIsNotThere) {
    config.model.dir = folder.path() + "/missing";
    const std::string failure = load_failure();
    EXPECT_EQ(failure.substr(0, 4), "78: ");
    EXPECT_NE(failure.find(config.model.dir), std::string::npos);
    EXPECT_EQ(failure.find('\n'), std::string::npos);
}

TEST_F(HrnWorkTest, NamesAFileThatAModelDirectoryLacks) {
    config.model.dir = folder.path();
    const std::string failure = load_failure();
    EXPECT_EQ(failure.substr(0, 4), "78: ");
    EXPECT_NE(failure.find(folder.path()), std::string::npos);
}

TEST_F(HrnWorkTest, RefusesAPrecisionThatTheCpuDoesNotHave) {
    config.model.dir = folder.path();
    config.model.precision = "fp16";
    const std::string failure = load_failure();
    EXPECT_EQ(failure.substr(0, 4), "78: ");
    EXPECT_NE(failure.find("fp16"), std::string::npos);
}

TEST_F(HrnWorkTest, DoesNotFallBackToTheCpuWhenItsDeviceIsGone) {
    ASSERT_EQ(::setenv("CUDA_VISIBLE_DEVICES", "", 1), 0);
    launch.device = "GPU-00000000-0000-0000-0000-000000000000";
    config.model.dir = folder.path();
    EXPECT_EQ(load_failure().substr(0, 4), "71: ");
}

TEST_F(HrnWorkTest, DoesNotWaitForMemoryOnTheCpu) {
    config.workers.min_free_gpu_mb = 1'000'000;
    EXPECT_EQ(HrnWork({config, launch, nullptr}).cannot_load_yet(), std::nullopt);
}

}  // namespace
}  // namespace hrn::runtime
