// Config to text: single values, the whole as TOML.
#include "shared/config.hpp"
#include "shared/config_rows.hpp"
#include "shared/toml_text.hpp"

namespace hrn {
namespace {

std::string class_text(const FolderClass& one) {
    return "{folder = " + toml_string(one.folder) + ", weight = " + toml_number(one.weight) +
           ", priority = " + std::to_string(one.priority) + "}";
}

// One overload per type of config_detail::Place.
struct ValueText {
    const ConfigKey& key;

    std::string operator()(const std::string& value) const { return toml_string(value); }
    std::string operator()(std::int64_t value) const {
        return key.type == KeyType::integer_or_auto && value == 0 ? "\"auto\"" : std::to_string(value);
    }
    std::string operator()(double value) const { return toml_number(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>& value) const {
        if (key.type == KeyType::text_or_list && value == std::vector<std::string>{"auto"}) {
            return "\"auto\"";
        }
        return toml_list(value, toml_string);
    }
    std::string operator()(const std::vector<double>& value) const { return toml_list(value, toml_number); }
    std::string operator()(const std::vector<FolderClass>& value) const {
        return toml_list(value, class_text);
    }
};

}  // namespace

namespace config_detail {

std::string value_text(const Config& config, std::size_t index) {
    const ConfigKey& key = config_keys()[index];
    // The places give references to change; a copy keeps the caller's config untouched.
    Config copy = config;
    return std::visit([&](auto place) { return ValueText{key}(place(copy)); }, places()[index]);
}

}  // namespace config_detail

std::string to_toml(const Config& config) {
    std::string out;
    std::string_view section;
    const auto keys = config_keys();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].section != section) {
            section = keys[i].section;
            out.append(out.empty() ? "[" : "\n[").append(section).append("]\n");
        }
        out.append(keys[i].name).append(" = ").append(config_detail::value_text(config, i)).append("\n");
    }
    return out;
}

}  // namespace hrn
