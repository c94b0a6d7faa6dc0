// What is wrong with a configuration as a whole, after every value is right by itself.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "shared/config.hpp"
#include "shared/config_rows.hpp"
#include "shared/toml_text.hpp"

namespace hrn::config_detail {

Range range_of(const ConfigKey& key) {
    const std::string_view allowed = key.allowed;
    const std::size_t dots = allowed.find("..");
    Range range{0, 0};
    std::from_chars(allowed.data(), allowed.data() + dots, range.low);
    std::from_chars(allowed.data() + dots + 2, allowed.data() + allowed.size(), range.high);
    return range;
}

std::vector<std::string_view> choices_of(const ConfigKey& key) {
    std::vector<std::string_view> choices;
    std::string_view rest = key.allowed;
    while (!rest.empty()) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        choices.push_back(rest.substr(0, bar));
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    return choices;
}

namespace {

class Checker {
public:
    Checker(const Config& config, const std::string& file, const KeyLines& lines)
        : config_(config), file_(file), lines_(lines) {}

    void check() const {
        check_paths();
        check_devices();
        check_times();
        check_lists();
        check_metrics();
        check_control();
    }

private:
    void require(bool right, const char* key, const std::string& what) const {
        if (!right) {
            reject(file_, lines_, key, what);
        }
    }

    // Absolute, and in the one spelling that lets paths be compared: no "..", no "//".
    void require_path(const char* key, const std::string& path) const {
        require(path.starts_with('/'), key, "must be an absolute path, not " + toml_string(path));
        require(path.find("//") == std::string::npos && (path + "/").find("/../") == std::string::npos &&
                    (path + "/").find("/./") == std::string::npos,
                key, "must be written without \"//\", \"/./\" and \"/../\", not " + toml_string(path));
    }

    static bool lies_in(const std::string& path, const std::string& folder) {
        return path == folder || path.starts_with(folder + "/");
    }

    void check_paths() const {
        const auto& service = config_.service;
        require_path("service.spool_dir", service.spool_dir);
        require_path("service.results_dir", service.results_dir);
        require_path("service.state_dir", service.state_dir);
        require_path("service.runtime_dir", service.runtime_dir);
        require_path("model.dir", config_.model.dir);
        require_path("model.landmarks", config_.model.landmarks);
        require(service.runtime_dir.size() <= 90, "service.runtime_dir",
                "must be at most 90 bytes long: a socket's path has no more room");
        const std::array<std::pair<const char*, const std::string*>, 3> others = {
            {{"service.results_dir", &service.results_dir},
             {"service.state_dir", &service.state_dir},
             {"service.runtime_dir", &service.runtime_dir}}};
        for (const auto& [key, path] : others) {
            require(*path != service.spool_dir, key, "must not be spool_dir itself");
            for (const char* folder : {"/incoming", "/claimed", "/done", "/failed"}) {
                require(!lies_in(*path, service.spool_dir + folder), key,
                        "must not lie in spool_dir" + std::string(folder));
            }
        }
        require(!lies_in(service.spool_dir, service.results_dir), "service.spool_dir",
                "must not lie in results_dir");
    }

    static bool is_device(const std::string& device) {
        const auto digits = [](std::string_view text) {
            return !text.empty() && text.size() <= 4 &&
                   std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
        };
        const auto identifier = [](std::string_view text) {
            return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '/';
            });
        };
        const std::string_view text = device;
        return text == "cpu" || digits(text) ||
               ((text.starts_with("GPU-") || text.starts_with("MIG-")) && identifier(text.substr(4)));
    }

    void check_devices() const {
        const auto& devices = config_.workers.devices;
        if (devices == std::vector<std::string>{"auto"}) {
            return;
        }
        for (auto device = devices.begin(); device != devices.end(); ++device) {
            require(is_device(*device), "workers.devices",
                    "must be \"auto\", or a list of \"0\", \"GPU-<uuid>\", \"MIG-<uuid>\", \"cpu\", not " +
                        toml_string(*device));
            require(*device == "cpu" || std::find(devices.begin(), device, *device) == device,
                    "workers.devices",
                    "holds " + toml_string(*device) + " twice; per_device gives a GPU several workers");
        }
        require(devices.size() * static_cast<std::size_t>(config_.workers.per_device) <= 256,
                "workers.devices", "gives more than 256 workers");
    }

    void check_times() const {
        require(config_.restart.max_backoff_ms >= config_.restart.initial_backoff_ms,
                "restart.max_backoff_ms", "must not be smaller than initial_backoff_ms");
        require(config_.limits.task_timeout_s >= config_.limits.stage_timeout_s, "limits.task_timeout_s",
                "must not be smaller than stage_timeout_s");
    }

    void check_lists() const {
        for (const std::string& pattern : config_.spool.ignore) {
            require(!pattern.empty() && pattern.find('/') == std::string::npos, "spool.ignore",
                    "patterns are matched against single names: none may be empty or hold a \"/\"");
        }
        require(!config_.output.mesh.empty(), "output.mesh", "must name at least one of obj, glb, ply");
        require_path_of_hook("hooks.on_done", config_.hooks.on_done);
        require_path_of_hook("hooks.on_failed", config_.hooks.on_failed);
        const auto& classes = config_.scheduling.classes;
        for (auto one = classes.begin(); one != classes.end(); ++one) {
            const bool twice = std::any_of(classes.begin(), one, [&](const FolderClass& earlier) {
                return earlier.folder == one->folder;
            });
            require(!twice, "scheduling.classes", "holds the folder " + toml_string(one->folder) + " twice");
        }
    }

    void require_path_of_hook(const char* key, const std::vector<std::string>& command) const {
        require(command.empty() || command.front().starts_with('/'), key,
                "must begin with the absolute path of a program");
    }

    void check_metrics() const {
        const std::string& listen = config_.metrics.listen;
        if (listen == "off") {
            return;
        }
        const std::size_t colon = listen.rfind(':');
        unsigned port = 0;
        bool right = colon != std::string::npos && colon > 0;
        if (right) {
            const char* end = listen.data() + listen.size();
            const auto result = std::from_chars(listen.data() + colon + 1, end, port);
            right = result.ec == std::errc{} && result.ptr == end && port >= 1 && port <= 65535;
        }
        require(right, "metrics.listen",
                "must be \"address:port\" (\"127.0.0.1:9464\", \"[::1]:9464\") or \"off\", not " +
                    toml_string(listen));
    }

    void check_control() const {
        const std::string& mode = config_.control.mode;
        require(mode.size() == 4 && mode[0] == '0' &&
                    std::all_of(mode.begin(), mode.end(), [](char c) { return c >= '0' && c <= '7'; }),
                "control.mode", "must be four octal digits like \"0660\", not " + toml_string(mode));
    }

    const Config& config_;
    const std::string& file_;
    const KeyLines& lines_;
};

}  // namespace

void check_whole(const Config& config, const std::string& file, const KeyLines& lines) {
    Checker(config, file, lines).check();
}

}  // namespace hrn::config_detail
