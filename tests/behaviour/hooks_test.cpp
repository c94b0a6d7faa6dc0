// [hooks] on the real programs: what a hook is told, and that none can hurt the service.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/behaviour/support/service.hpp"

namespace hrn::test {
namespace {

namespace files = std::filesystem;
using nlohmann::json;

class Hooks : public ::testing::Test {
protected:
    // A service whose hook on `key` is this shell script; $1 is a folder to write into.
    void make(const std::string& key, const std::string& script, const std::string& limit = "10.0") {
        std::string pattern = "/tmp/hrn-hook.XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        std::ofstream(folder_ + "/hook") << "#!/bin/sh\n" << script << "\n";
        ASSERT_EQ(::chmod((folder_ + "/hook").c_str(), 0755), 0);
        files::create_directory(folder_ + "/out");
        service_ = std::make_unique<Service>(
            Service::Settings{{"hooks", key + " = [\"" + folder_ + "/hook\", \"" + folder_ + "/out\"]"},
                              {"hooks", "time_limit_s = " + limit}});
    }
    void TearDown() override {
        service_.reset();
        std::error_code ignored;
        files::remove_all(folder_, ignored);
    }
    [[nodiscard]] std::string written(const std::string& name) const {
        return read_whole(folder_ + "/out/" + name);
    }
    [[nodiscard]] bool logged(const std::string& text) const {
        return Service::eventually([&] { return service_->log().find(text) != std::string::npos; });
    }

    std::string folder_;
    std::unique_ptr<Service> service_;
};

TEST_F(Hooks, OnDoneIsToldTheTaskOnItsStdinAndInItsEnvironment) {
    make("on_done", "cat > \"$1/stdin.part\"; env > \"$1/env\"; mv \"$1/stdin.part\" \"$1/stdin\"");
    service_->start({"NOTIFY_SOCKET=/nowhere", "WATCHDOG_USEC=60000000"});
    service_->drop("album/a b.jpg", "image");
    ASSERT_EQ(service_->wait_all(), 0);
    ASSERT_TRUE(Service::eventually([&] { return files::exists(folder_ + "/out/stdin"); }));
    const json task = json::parse(written("stdin"));
    EXPECT_EQ(task.at("state"), "done");
    EXPECT_EQ(task.at("path"), "album/a b.jpg");
    const std::string environment = "\n" + written("env");
    EXPECT_NE(environment.find("\nHRN_TASK_ID=" + task.at("id").get<std::string>() + "\n"),
              std::string::npos);
    EXPECT_NE(environment.find("\nHRN_PATH=album/a b.jpg\n"), std::string::npos);
    EXPECT_NE(environment.find("\nHRN_STATE=done\n"), std::string::npos);
    EXPECT_NE(environment.find("\nHRN_RESULT_DIR=" + service_->results() + "/album/a b.jpg\n"),
              std::string::npos);
    EXPECT_EQ(environment.find("NOTIFY_SOCKET"), std::string::npos) << "that is the supervisor's alone";
    EXPECT_EQ(environment.find("WATCHDOG_"), std::string::npos);
}

TEST_F(Hooks, OnFailedIsToldTheErrorAndOnDoneIsNotAsked) {
    make("on_failed", "echo \"$HRN_STATE $HRN_ERROR_CODE $HRN_PATH\" >> \"$1/all\"");
    service_->start();
    service_->drop("good.jpg", "image");
    service_->drop("bad.jpg", "hrn-sim: no_face\n");
    ASSERT_NE(service_->wait_all(), 4);
    EXPECT_EQ(service_->stop(), 0) << "a stop waits for hooks";
    EXPECT_EQ(written("all"), "failed no_face bad.jpg\n");
}

TEST_F(Hooks, EachTaskHasItsHookAndOnlyFewRunAtOnce) {
    make("on_done",
         "mkdir \"$1/$$\"; ls -d \"$1\"/[0-9]* | wc -l >> \"$1/counts\"; sleep 0.05; rmdir \"$1/$$\"; "
         "echo x >> \"$1/ends\"");
    service_->start();
    for (int i = 0; i < 12; ++i) {
        service_->drop(std::to_string(i) + ".jpg", "image");
    }
    ASSERT_EQ(service_->wait_all(), 0);
    ASSERT_TRUE(Service::eventually([&] { return written("ends").size() == 2 * 12; })) << written("ends");
    std::istringstream counts(written("counts"));
    for (int at_once = 0; counts >> at_once;) {
        EXPECT_LE(at_once, 4);
    }
}

TEST_F(Hooks, OneThatFailsIsLoggedWithItsLastWords) {
    make("on_done", "echo first; echo the disk of the archive is full >&2; exit 3");
    service_->start();
    service_->drop("a.jpg", "image");
    ASSERT_EQ(service_->wait_all(), 0) << "the task is done all the same";
    EXPECT_TRUE(logged("exit status 3")) << service_->log();
    EXPECT_TRUE(logged("the disk of the archive is full"));
}

TEST_F(Hooks, OneThatTakesTooLongIsKilledWithItsChildren) {
    make("on_done", "sleep 600 & echo $! > \"$1/child\"; wait", "1.0");
    service_->start();
    service_->drop("a.jpg", "image");
    ASSERT_EQ(service_->wait_all(), 0);
    EXPECT_TRUE(logged("hooks.time_limit_s")) << service_->log();
    const std::string child = written("child");
    ASSERT_FALSE(child.empty());
    EXPECT_TRUE(Service::eventually([&] {
        const std::string state = read_whole("/proc/" + child.substr(0, child.size() - 1) + "/stat");
        return state.empty() || state.find(") Z ") != std::string::npos;
    }));
}

TEST_F(Hooks, AProgramThatIsNotThereIsLogged) {
    make("on_done", "exit 0");
    files::remove(folder_ + "/hook");
    service_->start();
    service_->drop("a.jpg", "image");
    ASSERT_EQ(service_->wait_all(), 0);
    EXPECT_TRUE(logged("a hook failed")) << service_->log();
    EXPECT_EQ(service_->status().at("done"), 1);
}

}  // namespace
}  // namespace hrn::test
