// The effective configuration: plain values, one struct a section (design.md 9). What a key is called, what
// it may be, its default, unit and help stand in one table (config_keys.cpp); parser, --check,
// config/hrn.toml, docs/configuration.md and the man page all come from that table.
//
// Built once at start and at each reload by the supervisor; handed to workers as text in a sealed memfd and
// read back there with the same parser. Immutable afterwards; any thread may read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hrn {

struct FolderClass {  // [scheduling] classes
    std::string folder;
    double weight = 1;
    int priority = 0;
    bool operator==(const FolderClass&) const = default;
};

struct Config {
    struct Service {
        std::string spool_dir, results_dir, state_dir, runtime_dir;
        std::string originals;  // "keep" | "delete"
    } service;
    struct Spool {
        std::int64_t settle_ms = 0, rescan_s = 0, active_limit = 0, min_free_mb = 0;
        std::vector<std::string> ignore;  // shell patterns, matched against single names
    } spool;
    struct Model {
        std::string dir, kind, front_end, faces, precision, landmarks;
    } model;
    struct Workers {
        std::vector<std::string> devices;  // {"auto"} or a list
        std::int64_t per_device = 0;
        std::string program;          // empty: looked for (design.md 1)
        std::int64_t batch_size = 0;  // 0: auto
        std::int64_t batch_wait_ms = 0, decode_threads = 0, write_threads = 0, min_free_gpu_mb = 0;
    } workers;
    struct Scheduling {
        std::string policy;
        std::int64_t prefetch_batches = 0;
        std::vector<FolderClass> classes;
    } scheduling;
    struct Limits {
        double load_timeout_s = 0, stage_timeout_s = 0, task_timeout_s = 0, kill_timeout_s = 0;
        std::int64_t max_attempts = 0, max_image_pixels = 0, max_file_bytes = 0;
        std::int64_t worker_max_rss_mb = 0, worker_max_gpu_mb = 0, worker_max_tasks = 0;  // 0: no limit
    } limits;
    struct Restart {
        std::int64_t initial_backoff_ms = 0, max_backoff_ms = 0, max_failures = 0;
        double failure_window_s = 0, probe_interval_s = 0;
    } restart;
    struct Output {
        std::vector<std::string> mesh;  // of "obj", "glb", "ply"
        std::string texture;            // "jpg" | "png"
        std::int64_t texture_size = 0;
        bool detail = false, preview = false;
    } output;
    struct Hooks {
        std::vector<std::string> on_done, on_failed;  // program and arguments; empty: none
        double time_limit_s = 0;
    } hooks;
    struct Retention {
        double done_days = 0, failed_days = 0;  // 0: for ever
        double results_max_gb = 0;              // 0: no limit
    } retention;
    struct Simulated {
        double service_ms = 0, sigma = 0, load_ms = 0, crash_rate = 0, hang_rate = 0, leak_mb = 0,
               garbage_rate = 0, estimate_noise = 0;
        std::string distribution;    // "constant" | "exponential" | "lognormal"
        std::vector<double> speeds;  // one a worker, 1 where the list ends
        std::int64_t seed = 0;
    } simulated;
    struct Metrics {
        std::string listen;  // "address:port" | "off"
    } metrics;
    struct Control {
        std::string group;  // empty: none
        std::string mode;   // octal text, "0660"
    } control;
    struct Log {
        std::string level, format;
    } log;
};

// One line for the operator: file, line, key, what is wrong, what would be right. Exit status 2.
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class KeyType : std::uint8_t {
    text,
    choice,
    integer,
    number,
    boolean,
    text_list,
    number_list,
    integer_or_auto,
    text_or_list,
    class_list
};
enum class Reload : std::uint8_t { live, new_workers, restart };  // when a changed value applies

struct ConfigKey {
    std::string_view section, name;
    KeyType type;
    std::string_view default_text;  // as it would stand in the file
    std::string_view allowed;       // choices separated by '|', or "min..max", or a sentence
    std::string_view unit;          // "ms", "s", "MB", "" …
    Reload reload;
    std::string_view help;  // one or two sentences
};
[[nodiscard]] std::span<const ConfigKey> config_keys();

[[nodiscard]] Config default_config();
[[nodiscard]] Config parse_config(std::string_view text, const std::string& file_name);  // throws ConfigError
[[nodiscard]] Config load_config(const std::string& path);                               // throws ConfigError
// --config, else HRN_CONFIG, else /etc/hrn/hrn.toml.
[[nodiscard]] std::string config_path(const std::optional<std::string>& from_command_line);
// Every key with its value in force, as TOML that parse_config reads back to the same Config.
[[nodiscard]] std::string to_toml(const Config& config);
// The commented example file; config/hrn.toml is exactly this text.
[[nodiscard]] std::string example_toml();
[[nodiscard]] std::string configuration_markdown();  // docs/configuration.md

struct ConfigChange {
    const ConfigKey* key;
    std::string from, to;
};
[[nodiscard]] std::vector<ConfigChange> changed_keys(const Config& before, const Config& after);
// What is in force after a reload: `next`, but with the values of `now` for keys that need a restart.
[[nodiscard]] Config reloaded_config(const Config& now, const Config& next);
// When a changed value of such a key applies, as `reload` says it: "now", "new_workers" or "restart".
[[nodiscard]] std::string_view reload_name(Reload reload);

// Where the control socket lies: runtime_dir/control.sock.
[[nodiscard]] std::string control_socket_path(const Config& config);

}  // namespace hrn
