// The rows of the configuration table with the place of each value, behind config.hpp; included by the
// config_*.cpp files only.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/config.hpp"

namespace hrn::config_detail {

// Where in a Config the value of a key lies; the alternative says its C++ type.
using Place = std::variant<std::string& (*)(Config&), std::int64_t& (*)(Config&), double& (*)(Config&),
                           bool& (*)(Config&), std::vector<std::string>& (*)(Config&),
                           std::vector<double>& (*)(Config&), std::vector<FolderClass>& (*)(Config&)>;

// In the order of config_keys(): place i belongs to key i.
[[nodiscard]] std::span<const Place> places();

// Reads a file's text over `config`: keys that do not stand in it stay as they are. Throws ConfigError.
[[nodiscard]] Config parse_onto(Config config, std::string_view text, const std::string& file_name);

// Lowest and highest value of a key whose `allowed` is "min..max".
struct Range {
    double low, high;
};
[[nodiscard]] Range range_of(const ConfigKey& key);
[[nodiscard]] std::vector<std::string_view> choices_of(const ConfigKey& key);  // of "a|b|c"

// The value of key `index` as it would stand in a file.
[[nodiscard]] std::string value_text(const Config& config, std::size_t index);

// "section.name" → line in the file; keys that do not stand in the file are missing.
using KeyLines = std::map<std::string, unsigned>;
[[noreturn]] void reject(const std::string& file, const KeyLines& lines, const std::string& key,
                         const std::string& what);
// What no single row can say: paths that contradict each other, and the like. Throws ConfigError.
void check_whole(const Config& config, const std::string& file, const KeyLines& lines);

}  // namespace hrn::config_detail
