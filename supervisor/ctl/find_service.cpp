#include "supervisor/ctl/find_service.hpp"

#include <unistd.h>

#include <cstdlib>

namespace hrn::ctl {
namespace {

// The file at the default place need not exist; one that was named must.
bool only_defaults(const Options& options, const std::string& path) {
    const char* named = std::getenv("HRN_CONFIG");
    return !options.config && (named == nullptr || *named == '\0') && ::access(path.c_str(), F_OK) != 0;
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
    return control_socket_path(configuration(options));
}

std::string configured_spool(const Options& options) {
    return configuration(options).service.spool_dir;
}

}  // namespace hrn::ctl
