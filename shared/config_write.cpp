// Config to text: single values, the whole as TOML.
#include <array>
#include <charconv>
#include <cstdio>

#include "shared/config.hpp"
#include "shared/config_rows.hpp"

namespace hrn {
namespace {

// The shortest digits that read back as the same number.
std::string number_text(double number) {
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), end};
}

template <typename Element, typename Text>
std::string list_text(const std::vector<Element>& list, Text text) {
    std::string out = "[";
    for (const Element& element : list) {
        out.append(out.size() > 1 ? ", " : "").append(text(element));
    }
    return out + "]";
}

std::string class_text(const FolderClass& one) {
    return "{folder = " + config_detail::toml_string(one.folder) + ", weight = " + number_text(one.weight) +
           ", priority = " + std::to_string(one.priority) + "}";
}

// One overload per type of config_detail::Place.
struct ValueText {
    const ConfigKey& key;

    std::string operator()(const std::string& value) const { return config_detail::toml_string(value); }
    std::string operator()(std::int64_t value) const {
        return key.type == KeyType::integer_or_auto && value == 0 ? "\"auto\"" : std::to_string(value);
    }
    std::string operator()(double value) const { return number_text(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>& value) const {
        if (key.type == KeyType::text_or_list && value == std::vector<std::string>{"auto"}) {
            return "\"auto\"";
        }
        return list_text(value, config_detail::toml_string);
    }
    std::string operator()(const std::vector<double>& value) const { return list_text(value, number_text); }
    std::string operator()(const std::vector<FolderClass>& value) const {
        return list_text(value, class_text);
    }
};

}  // namespace

namespace config_detail {

// A basic string of TOML; bytes that are not UTF-8 cannot come from a TOML file and do not get here.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.append(1, '\\').append(1, c);
        } else if (byte < 0x20 || byte == 0x7F) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04X", byte);
            out += escape.data();
        } else {
            out += c;
        }
    }
    return out + "\"";
}

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
