#include "shared/config.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "shared/config_rows.hpp"
#include "shared/log.hpp"
#include "shared/unique_fd.hpp"

namespace hrn {

namespace {

[[noreturn]] void cannot_read(const std::string& path) {
    throw ConfigError(log::printable(path) + ": cannot be read: " + std::strerror(errno) +
                      ". Name the configuration with --config FILE or HRN_CONFIG.");
}

// By read(2): a stream takes a failing disk for the end of the file, and a service with every default instead
// of its own settings would be the result.
std::string read_to_end(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        cannot_read(path);
    }
    std::string text;
    std::array<char, 4096> part;
    for (;;) {
        const ssize_t size = ::read(file.get(), part.data(), part.size());
        if (size == 0) {
            return text;
        }
        if (size > 0) {
            text.append(part.data(), static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            cannot_read(path);
        }
    }
}

}  // namespace

Config load_config(const std::string& path) {
    return parse_config(read_to_end(path), path);
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

Config reloaded_config(const Config& now, const Config& next) {
    Config in_force = next;
    Config old = now;
    const auto keys = config_keys();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].reload == Reload::restart) {
            std::visit([&](auto place) { place(in_force) = place(old); }, config_detail::places()[i]);
        }
    }
    return in_force;
}

std::string_view reload_name(Reload reload) {
    switch (reload) {
        case Reload::live:
            return "now";
        case Reload::new_workers:
            return "new_workers";
        case Reload::restart:
            return "restart";
    }
    return "restart";
}

std::string control_socket_path(const Config& config) {
    return config.service.runtime_dir + "/control.sock";
}

}  // namespace hrn
