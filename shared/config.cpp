#include "shared/config.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "shared/config_rows.hpp"
#include "shared/log.hpp"

namespace hrn {
namespace {

// Nothing reads these yet. A key leaves this list with the commit that makes something read it.
constexpr std::array<std::string_view, 6> kUnread = {"hooks.on_done",         "hooks.on_failed",
                                                     "hooks.time_limit_s",    "retention.done_days",
                                                     "retention.failed_days", "retention.results_max_gb"};

}  // namespace

std::span<const std::string_view> unread_config_keys() {
    return kUnread;
}

Config load_config(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (file) {
        text << file.rdbuf();  // an empty file sets failbit on `text`; that is a file with every default
    }
    if (!file || file.bad() || text.bad()) {
        throw ConfigError(log::printable(path) + ": cannot be read: " + std::strerror(errno) +
                          ". Name the configuration with --config FILE or HRN_CONFIG.");
    }
    return parse_config(text.str(), path);
}

std::string config_path(const std::optional<std::string>& from_command_line) {
    if (from_command_line) {
        return *from_command_line;
    }
    const char* environment = std::getenv("HRN_CONFIG");
    return environment != nullptr && *environment != '\0' ? environment : "/etc/hrn/hrn.toml";
}

Config default_config() {
    // The defaults of the table, through the same parser as every file.
    static const Config defaults = [] {
        std::string text;
        std::string_view section;
        for (const ConfigKey& key : config_keys()) {
            if (key.section != section) {
                section = key.section;
                text.append("[").append(section).append("]\n");
            }
            text.append(key.name).append(" = ").append(key.default_text).append("\n");
        }
        return config_detail::parse_onto(Config{}, text, "the defaults");
    }();
    return defaults;
}

std::vector<ConfigChange> changed_keys(const Config& before, const Config& after) {
    std::vector<ConfigChange> changes;
    const auto keys = config_keys();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        std::string from = config_detail::value_text(before, i);
        std::string to = config_detail::value_text(after, i);
        if (from != to) {
            changes.push_back({&keys[i], std::move(from), std::move(to)});
        }
    }
    return changes;
}

std::string control_socket_path(const Config& config) {
    return config.service.runtime_dir + "/control.sock";
}

}  // namespace hrn
