// Values that are right one by one and wrong together.
#include <gtest/gtest.h>

#include "shared/config.hpp"

namespace hrn {
namespace {

std::string complaint(std::string_view text) {
    try {
        (void)parse_config(text, "f");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(ConfigCheck, PathsMustBeAbsoluteAndPlain) {
    EXPECT_EQ(complaint("service.spool_dir = \"spool\""),
              "f:1: service.spool_dir: must be an absolute path, not \"spool\"");
    EXPECT_EQ(complaint("service.state_dir = \"\""),
              "f:1: service.state_dir: must be an absolute path, not \"\"");
    for (const char* path : {"/a//b", "/a/../b", "/a/..", "/a/./b"}) {
        EXPECT_TRUE(complaint("model.dir = \"" + std::string(path) + "\"")
                        .starts_with("f:1: model.dir: must be written"))
            << path;
    }
}

TEST(ConfigCheck, ResultsAndStateMustNotLieInTheSpoolsOwnFolders) {
    EXPECT_EQ(complaint("[service]\nspool_dir = \"/s\"\nresults_dir = \"/s/incoming/r\""),
              "f:3: service.results_dir: must not lie in spool_dir/incoming");
    EXPECT_EQ(complaint("[service]\nspool_dir = \"/s\"\nstate_dir = \"/s/claimed\""),
              "f:3: service.state_dir: must not lie in spool_dir/claimed");
    EXPECT_EQ(complaint("[service]\nspool_dir = \"/s\"\nresults_dir = \"/s\""),
              "f:3: service.results_dir: must not be spool_dir itself");
    EXPECT_EQ(complaint("[service]\nspool_dir = \"/s/x\"\nresults_dir = \"/s\""),
              "f:2: service.spool_dir: must not lie in results_dir");
    EXPECT_EQ(complaint("[service]\nspool_dir = \"/s\"\nresults_dir = \"/s/results\""), "accepted");
    EXPECT_EQ(complaint("[service]\nspool_dir = \"/s\"\nresults_dir = \"/s/incoming2\""), "accepted");
}

TEST(ConfigCheck, AMistakeInADefaultHasNoLine) {
    // spool_dir moved so that the default results_dir becomes wrong.
    EXPECT_EQ(complaint("[service]\nspool_dir = \"/var/lib/hrn/results\""),
              "f: service.results_dir: must not be spool_dir itself");
}

TEST(ConfigCheck, BackoffsMustGrow) {
    EXPECT_EQ(complaint("[restart]\ninitial_backoff_ms = 100\nmax_backoff_ms = 50"),
              "f:3: restart.max_backoff_ms: must not be smaller than initial_backoff_ms");
    EXPECT_EQ(complaint("[restart]\ninitial_backoff_ms = 100\nmax_backoff_ms = 100"), "accepted");
}

TEST(ConfigCheck, ATaskHasAtLeastTheTimeOfAStage) {
    EXPECT_EQ(complaint("[limits]\nstage_timeout_s = 100\ntask_timeout_s = 50"),
              "f:3: limits.task_timeout_s: must not be smaller than stage_timeout_s");
}

TEST(ConfigCheck, DevicesHaveTheirForm) {
    for (const char* right :
         {"[\"0\"]", "[\"cpu\", \"cpu\"]", "[\"GPU-aa-bb\", \"MIG-cc\"]", "\"auto\"", "[3]"}) {
        EXPECT_EQ(complaint("workers.devices = " + std::string(right)), "accepted") << right;
    }
    for (const char* wrong : {"[]", "[\"\"]", "[\"cuda:0\"]", "[\"auto\", \"0\"]", "[\"GPU-\"]", "[\"gpu\"]",
                              "\"all\"", "[-1]", "[\"0\", 0]", "7", "[\"GPU-a b\"]"}) {
        EXPECT_TRUE(
            complaint("workers.devices = " + std::string(wrong)).starts_with("f:1: workers.devices: "))
            << wrong;
    }
}

TEST(ConfigCheck, ThereAreAtMost256Workers) {
    std::string list = "[";
    for (int i = 0; i < 17; ++i) {
        list += (i > 0 ? ", " : "") + std::to_string(i);
    }
    EXPECT_EQ(complaint("[workers]\nper_device = 16\ndevices = " + list + "]"),
              "f:3: workers.devices: gives more than 256 workers");
}

TEST(ConfigCheck, ListsHaveTheirForm) {
    EXPECT_TRUE(complaint("output.mesh = []").starts_with("f:1: output.mesh: "));
    EXPECT_TRUE(complaint("spool.ignore = [\"a/b\"]").starts_with("f:1: spool.ignore: "));
    EXPECT_TRUE(complaint("spool.ignore = [\"\"]").starts_with("f:1: spool.ignore: "));
    EXPECT_TRUE(complaint("hooks.on_done = [\"echo\"]").starts_with("f:1: hooks.on_done: "));
    EXPECT_EQ(complaint("hooks.on_done = [\"/bin/echo\", \"x\"]"), "accepted");
    EXPECT_TRUE(complaint("scheduling.classes = [{folder = \"a\"}, {folder = \"a\"}]")
                    .starts_with("f:1: scheduling.classes: holds the folder \"a\" twice"));
}

TEST(ConfigCheck, MetricsListenAtAnAddressOrNot) {
    for (const char* right : {"off", "127.0.0.1:9464", "[::1]:80", "localhost:65535"}) {
        EXPECT_EQ(complaint("metrics.listen = \"" + std::string(right) + "\""), "accepted") << right;
    }
    for (const char* wrong : {"", "on", "9464", ":9464", "a:", "a:0", "a:65536", "a:80x"}) {
        EXPECT_TRUE(
            complaint("metrics.listen = \"" + std::string(wrong) + "\"").starts_with("f:1: metrics.listen: "))
            << wrong;
    }
}

TEST(ConfigCheck, TheSocketsModeIsOctal) {
    EXPECT_EQ(complaint("control.mode = \"0666\""), "accepted");
    for (const char* wrong : {"666", "0888", "rw", "06600", ""}) {
        EXPECT_TRUE(
            complaint("control.mode = \"" + std::string(wrong) + "\"").starts_with("f:1: control.mode: "))
            << wrong;
    }
}

TEST(ConfigCheck, TheSocketsPathMustFit) {
    EXPECT_TRUE(complaint("service.runtime_dir = \"/" + std::string(100, 'r') + "\"")
                    .starts_with("f:1: service.runtime_dir: must be at most 90 bytes"));
}

}  // namespace
}  // namespace hrn
