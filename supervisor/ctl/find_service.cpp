#include "supervisor/ctl/find_service.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "supervisor/ctl/client.hpp"

namespace hrn::ctl {
namespace {

// The file at the default place need not exist; one that was named must.
bool only_defaults(const Options& options, const std::string& path) {
    const char* named = std::getenv("HRN_CONFIG");
    return !options.config && (named == nullptr || *named == '\0') && ::access(path.c_str(), F_OK) != 0;
}

// The socket that a file with a mistake names: the line of service.runtime_dir is all that is read of it.
Config only_runtime_dir(const std::string& path) {
    std::ifstream file(path);
    std::string section;
    for (std::string line; std::getline(file, line);) {
        line.erase(0, line.find_first_not_of(" \t"));
        if (line.starts_with('[')) {
            section = line.substr(0, line.find(']') + 1);
        } else if (section == "[service]" && line.starts_with("runtime_dir")) {
            return parse_config(section + "\n" + line + "\n", path);
        }
    }
    return default_config();
}

bool somebody_answers(const std::string& socket) {
    try {
        const Client client(socket);
        return true;
    } catch (const NoSupervisor&) {
        return false;
    }
}

// Nothing: nobody answers where the file says, or it does not say it in a way that can be read.
std::optional<std::string> answering_socket(const std::string& bad_file) {
    try {
        const std::string socket = control_socket_path(only_runtime_dir(bad_file));
        return somebody_answers(socket) ? std::optional(socket) : std::nullopt;
    } catch (const ConfigError&) {
        return std::nullopt;
    }
}

}  // namespace

std::string configuration_source(const Options& options) {
    const std::string path = config_path(options.config);
    return only_defaults(options, path) ? "the built-in default (there is no " + path + ")" : path;
}

Config configuration(const Options& options) {
    const std::string path = config_path(options.config);
    if (only_defaults(options, path)) {
        return default_config();
    }
    try {
        return load_config(path);
    } catch (const ConfigError& error) {
        throw CommandError(Exit::usage, error.what());
    }
}

std::string socket_path(const Options& options) {
    if (options.socket) {
        return *options.socket;
    }
    const char* environment = std::getenv("HRN_SOCKET");
    if (!options.config && environment != nullptr && *environment != '\0') {
        return environment;
    }
    try {
        return control_socket_path(configuration(options));
    } catch (const CommandError&) {
        const std::string path = config_path(options.config);
        if (::access(path.c_str(), R_OK) == 0) {
            if (const auto socket = answering_socket(path)) {
                return *socket;
            }
        }
        throw;
    }
}

std::string configured_spool(const Options& options) {
    return configuration(options).service.spool_dir;
}

}  // namespace hrn::ctl
