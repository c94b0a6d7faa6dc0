#include <cstdlib>

#include "shared/config.hpp"
#include "tests/fuzz/hostile_bytes.hpp"

namespace hrn::fuzz {

void read_configuration(Bytes bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    try {
        const Config config = parse_config(text, "hostile.toml");
        if (!changed_keys(config, parse_config(to_toml(config), "written.toml")).empty()) {
            std::abort();  // what is in force does not read back
        }
    } catch (const ConfigError& error) {
        if (std::string_view(error.what()).find('\n') != std::string_view::npos) {
            std::abort();  // one line for the operator
        }
    }
}

std::vector<std::string> configuration_seeds() {
    return {example_toml(), "[spool]\nsettle_ms = 100\nignore = [\"a\", \"*.x\"]\n",
            "[scheduling]\nclasses = [{folder = \"a\", weight = 2, priority = 1}]\n",
            "[workers]\nbatch_size = \"auto\"\ndevices = [\"0\", \"cpu\"]\n",
            "[limits]\nstage_timeout_s = 1e300\n"};
}

}  // namespace hrn::fuzz
