// The table of keys: complete, consistent, read by somebody.
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "shared/config.hpp"

namespace hrn {
namespace {

std::string name_of(const ConfigKey& key) {
    return std::string(key.section) + std::string(".").append(key.name);
}

TEST(ConfigTable, EveryKeyHasADefaultAnAllowedRangeAndHelp) {
    std::set<std::string> names;
    for (const ConfigKey& key : config_keys()) {
        EXPECT_TRUE(names.insert(name_of(key)).second) << name_of(key) << " stands there twice";
        EXPECT_FALSE(key.default_text.empty()) << name_of(key);
        EXPECT_FALSE(key.allowed.empty()) << name_of(key);
        EXPECT_TRUE(key.help.ends_with('.')) << name_of(key);
    }
}

TEST(ConfigTable, KeysOfOneSectionStandTogether) {
    std::set<std::string_view> closed;
    std::string_view section;
    for (const ConfigKey& key : config_keys()) {
        if (key.section != section) {
            EXPECT_TRUE(closed.insert(section).second);
            section = key.section;
            EXPECT_FALSE(closed.contains(section)) << section;
        }
    }
}

TEST(ConfigTable, HoldsTheKeysThatTheDesignNames) {
    const char* keys =
        "service.spool_dir service.results_dir service.state_dir service.runtime_dir service.originals "
        "spool.settle_ms spool.rescan_s spool.ignore spool.active_limit spool.min_free_mb "
        "model.dir model.kind model.front_end model.faces model.precision model.landmarks "
        "workers.devices workers.per_device workers.program workers.batch_size workers.batch_wait_ms "
        "workers.decode_threads workers.write_threads workers.min_free_gpu_mb "
        "scheduling.policy scheduling.prefetch_batches scheduling.classes "
        "limits.load_timeout_s limits.stage_timeout_s limits.task_timeout_s limits.kill_timeout_s "
        "limits.max_attempts limits.max_image_pixels limits.max_file_bytes limits.worker_max_rss_mb "
        "limits.worker_max_gpu_mb limits.worker_max_tasks "
        "restart.initial_backoff_ms restart.max_backoff_ms restart.max_failures restart.failure_window_s "
        "restart.probe_interval_s output.mesh output.texture output.texture_size output.detail "
        "output.preview "
        "hooks.on_done hooks.on_failed hooks.time_limit_s retention.done_days retention.failed_days "
        "retention.results_max_gb simulated.service_ms simulated.distribution simulated.sigma "
        "simulated.speeds "
        "simulated.load_ms simulated.crash_rate simulated.hang_rate simulated.leak_mb simulated.garbage_rate "
        "simulated.estimate_noise simulated.seed metrics.listen control.group control.mode log.level "
        "log.format";
    std::set<std::string> wanted;
    std::istringstream words(keys);
    for (std::string word; words >> word;) {
        wanted.insert(word);
    }
    std::set<std::string> found;
    for (const ConfigKey& key : config_keys()) {
        found.insert(name_of(key));
    }
    EXPECT_EQ(found, wanted);
}

TEST(ConfigTable, DefaultsAreWhatTheTableSays) {
    const Config config = default_config();
    EXPECT_EQ(config.service.spool_dir, "/var/lib/hrn/spool");
    EXPECT_EQ(config.spool.settle_ms, 1000);
    EXPECT_EQ(config.spool.active_limit, 2000);
    EXPECT_EQ(config.workers.devices, std::vector<std::string>{"auto"});
    EXPECT_EQ(config.workers.batch_size, 0) << "auto";
    EXPECT_EQ(config.limits.max_attempts, 3);
    EXPECT_EQ(config.limits.max_image_pixels, 178'956'970);
    EXPECT_EQ(config.limits.max_file_bytes, 256 * 1024 * 1024);
    EXPECT_EQ(config.output.mesh, std::vector<std::string>{"obj"});
    EXPECT_EQ(config.log.format, "text");
    EXPECT_EQ(control_socket_path(config), "/run/hrn/control.sock");
}

// A key that nothing reads is a promise that nobody keeps. A key counts as read where a source outside
// shared/ says "section.key" with the member names of Config, or ".key" through a reference to the section.
TEST(ConfigTable, EveryKeyIsReadSomewhere) {
    std::string sources;
    for (const char* folder : {"/supervisor", "/worker"}) {
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(HRN_SOURCE_DIR + std::string(folder))) {
            if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp") {
                std::ifstream file(entry.path());
                std::ostringstream text;
                text << file.rdbuf();
                sources += text.str();
            }
        }
    }
    const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    for (const ConfigKey& key : config_keys()) {
        bool read = false;
        for (std::size_t at = sources.find(key.name); !read && at != std::string::npos;
             at = sources.find(key.name, at + 1)) {
            const char before = sources.at(at - 1), after = sources.at(at + key.name.size());
            read = (before == '.' || before == ':' || before == '>') && !is_name(after);
        }
        EXPECT_TRUE(read) << name_of(key) << " is read by nothing";
    }
}

}  // namespace
}  // namespace hrn
