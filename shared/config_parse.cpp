// TOML text to Config, by the table. The only file that sees toml11; versions 3.7 and 4 both work.
#include <algorithm>
#include <cmath>
#include <sstream>
#include <toml.hpp>

#include "shared/config.hpp"
#include "shared/config_rows.hpp"
#include "shared/log.hpp"
#include "shared/toml_comments.hpp"
#include "shared/toml_text.hpp"

namespace hrn {
namespace config_detail {

void reject(const std::string& file, const KeyLines& lines, const std::string& key, const std::string& what) {
    const auto line = lines.find(key);
    throw ConfigError(log::printable(file) + (line == lines.end() ? "" : ":" + std::to_string(line->second)) +
                      ": " + key + ": " + what);
}

}  // namespace config_detail

namespace {

using config_detail::KeyLines;
using config_detail::Place;

template <typename Location>
unsigned line_of_location(const Location& location) {
    if constexpr (requires { location.first_line_number(); }) {
        return static_cast<unsigned>(location.first_line_number());  // toml11 4
    } else {
        return static_cast<unsigned>(location.line());  // toml11 3
    }
}

unsigned line_of(const toml::value& value) {
    return line_of_location(value.location());
}

// A syntax error as one line. toml11's own message is a drawing of several.
template <typename Error>
std::string syntax_message(const Error& error, const std::string& file) {
    unsigned line = 0;
    if constexpr (requires { error.errors(); }) {
        for (const auto& info : error.errors()) {
            for (const auto& location : info.locations()) {
                line = line == 0 ? line_of_location(location.first) : line;
            }
        }
    } else {
        line = line_of_location(error.location());
    }
    return log::printable(file) + ":" + std::to_string(line) +
           ": this is not TOML (a value may lack its quotes, or a line its \"key =\")";
}

// A value as it would be said in a sentence: "x", 12, a list …
std::string shown(const toml::value& value) {
    if (value.is_string()) {
        return toml_string(log::printable(toml::get<std::string>(value)));
    }
    if (value.is_integer()) {
        return std::to_string(toml::get<std::int64_t>(value));
    }
    if (value.is_floating()) {
        std::ostringstream text;
        text << toml::get<double>(value);
        return text.str();
    }
    if (value.is_boolean()) {
        return toml::get<bool>(value) ? "true" : "false";
    }
    return value.is_array() ? "a list" : value.is_table() ? "a table" : "a date";
}

class Reader {
public:
    Reader(const ConfigKey& key, const Place& place, const std::string& file, Config& config)
        : key_(key),
          place_(place),
          file_(file),
          name_(std::string(key.section) + "." + std::string(key.name)),
          config_(config) {}

    void read(const toml::value& value) {
        switch (key_.type) {
            case KeyType::text:
                at<std::string>() = text_of(value, "must be a text in quotes");
                return;
            case KeyType::choice:
                at<std::string>() = choice_of(value);
                return;
            case KeyType::integer:
                at<std::int64_t>() = integer_of(value, "");
                return;
            case KeyType::integer_or_auto:
                if (value.is_string() && toml::get<std::string>(value) == "auto") {
                    at<std::int64_t>() = 0;
                } else {
                    at<std::int64_t>() = integer_of(value, "\"auto\" or ");
                }
                return;
            case KeyType::number:
                at<double>() = number_of(value);
                return;
            case KeyType::boolean:
                if (!value.is_boolean()) {
                    wrong(value, "must be true or false");
                }
                at<bool>() = toml::get<bool>(value);
                return;
            case KeyType::text_list:
                read_texts(value);
                return;
            case KeyType::text_or_list:
                read_text_or_list(value);
                return;
            case KeyType::number_list:
                read_numbers(value);
                return;
            case KeyType::class_list:
                read_classes(value);
                return;
        }
    }

private:
    template <typename Value>
    Value& at() {
        return std::get<Value& (*)(Config&)>(place_)(config_);
    }

    [[noreturn]] void wrong(const toml::value& value, const std::string& what) const {
        config_detail::reject(file_, {{name_, line_of(value)}}, name_, what + ", not " + shown(value));
    }

    std::string text_of(const toml::value& value, const std::string& what) const {
        if (!value.is_string()) {
            wrong(value, what);
        }
        std::string text = toml::get<std::string>(value);
        if (text.find('\0') != std::string::npos) {
            wrong(value, "must not hold a zero byte");
        }
        return text;
    }

    std::string choice_of(const toml::value& value) const {
        std::string list;
        for (const std::string_view choice : config_detail::choices_of(key_)) {
            if (value.is_string() && toml::get<std::string>(value) == choice) {
                return std::string(choice);
            }
            list.append(list.empty() ? "\"" : ", \"").append(choice).append("\"");
        }
        wrong(value, "must be one of " + list);
    }

    std::string range_text() const {
        const std::size_t dots = key_.allowed.find("..");
        std::string text = "from " + std::string(key_.allowed.substr(0, dots)) + " to " +
                           std::string(key_.allowed.substr(dots + 2));
        return key_.unit.empty() ? text : text + " (" + std::string(key_.unit) + ")";
    }

    std::int64_t integer_of(const toml::value& value, const std::string& alternative) const {
        const auto range = config_detail::range_of(key_);
        if (value.is_integer()) {
            const auto number = toml::get<std::int64_t>(value);
            if (number >= static_cast<std::int64_t>(range.low) &&
                number <= static_cast<std::int64_t>(range.high)) {
                return number;
            }
        }
        wrong(value, "must be " + alternative + "a whole number " + range_text());
    }

    static double any_number(const toml::value& value) {
        return value.is_integer()    ? static_cast<double>(toml::get<std::int64_t>(value))
               : value.is_floating() ? toml::get<double>(value)
                                     : std::nan("");
    }

    double number_of(const toml::value& value) const {
        const auto range = config_detail::range_of(key_);
        const double number = any_number(value);
        if (!(number >= range.low && number <= range.high)) {  // so that nan is refused too
            wrong(value, "must be a number " + range_text());
        }
        return number;
    }

    void read_texts(const toml::value& value) {
        if (!value.is_array()) {
            wrong(value, "must be a list of texts, [\"...\", \"...\"]");
        }
        std::vector<std::string> texts;
        const bool choices = key_.allowed.find('|') != std::string_view::npos;
        for (const toml::value& element : toml::get<std::vector<toml::value>>(value)) {
            texts.push_back(choices ? choice_of(element) : text_of(element, "must hold texts in quotes"));
        }
        at<std::vector<std::string>>() = std::move(texts);
    }

    // Plain whole numbers are taken for device numbers: devices = [0, 1].
    void read_text_or_list(const toml::value& value) {
        std::vector<std::string> texts;
        const auto one = [&](const toml::value& element) {
            if (element.is_integer() && toml::get<std::int64_t>(element) >= 0) {
                return std::to_string(toml::get<std::int64_t>(element));
            }
            return text_of(element, "must be " + std::string(key_.allowed));
        };
        if (value.is_array()) {
            for (const toml::value& element : toml::get<std::vector<toml::value>>(value)) {
                texts.push_back(one(element));
            }
        } else {
            texts.push_back(text_of(value, "must be " + std::string(key_.allowed)));
        }
        if (texts.empty()) {
            wrong(value, "must be " + std::string(key_.allowed));
        }
        at<std::vector<std::string>>() = std::move(texts);
    }

    void read_numbers(const toml::value& value) {
        std::vector<double> numbers;
        if (!value.is_array()) {
            wrong(value, "must be a list of " + std::string(key_.allowed));
        }
        for (const toml::value& element : toml::get<std::vector<toml::value>>(value)) {
            const double number = any_number(element);
            if (!(number >= 0.001 && number <= 1000)) {
                wrong(element, "must be a list of " + std::string(key_.allowed));
            }
            numbers.push_back(number);
        }
        at<std::vector<double>>() = std::move(numbers);
    }

    void read_classes(const toml::value& value) {
        const std::string form = "must be a list like [{folder = \"urgent\", weight = 2, priority = 1}]";
        if (!value.is_array()) {
            wrong(value, form);
        }
        std::vector<FolderClass> classes;
        for (const toml::value& element : toml::get<std::vector<toml::value>>(value)) {
            if (!element.is_table()) {
                wrong(element, form);
            }
            classes.push_back(one_class(element, form));
        }
        at<std::vector<FolderClass>>() = std::move(classes);
    }

    FolderClass one_class(const toml::value& element, const std::string& form) const {
        FolderClass out;
        for (const auto& [field, content] : element.as_table()) {
            if (field == "folder" && content.is_string()) {
                out.folder = toml::get<std::string>(content);
            } else if (field == "weight" && any_number(content) > 0 && any_number(content) <= 1e6) {
                out.weight = any_number(content);
            } else if (field == "priority" && content.is_integer() &&
                       std::abs(toml::get<std::int64_t>(content)) <= 1000) {
                out.priority = static_cast<int>(toml::get<std::int64_t>(content));
            } else {
                wrong(content, form + " (weight above 0, priority from -1000 to 1000): \"" +
                                   log::printable(field) + "\" is wrong");
            }
        }
        if (out.folder.empty() || out.folder.find('/') != std::string::npos || out.folder.front() == '.') {
            wrong(element, form + " whose folder is the name of one folder in incoming/");
        }
        return out;
    }

    const ConfigKey& key_;
    const Place& place_;
    const std::string& file_;
    std::string name_;
    Config& config_;
};

// A key of the file that may be known, with what is needed to read it.
struct Found {
    std::string section, name;
    toml::value value;
    unsigned line;
};

// All keys of the file in the order of their lines, so that the first mistake is the one reported.
std::vector<Found> keys_of(const toml::value& root, const std::string& file) {
    std::vector<Found> found;
    const auto keys = config_keys();
    for (const auto& [section, content] : root.as_table()) {
        const std::string section_name = section;
        const bool known = std::any_of(keys.begin(), keys.end(),
                                       [&](const ConfigKey& key) { return key.section == section_name; });
        if (!known || !content.is_table()) {
            config_detail::reject(file, {{section_name, line_of(content)}}, log::printable(section_name),
                                  known ? "must be a section, [" + section_name + "]"
                                        : "no such section; hrn.toml(5) and docs/configuration.md list all");
        }
        for (const auto& [name, value] : content.as_table()) {
            found.push_back({section_name, name, value, line_of(value)});
        }
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.line < b.line; });
    return found;
}

toml::value parse_toml(std::string_view text, const std::string& file) {
    std::istringstream stream{config_detail::without_comments(text) + "\n"};
    try {
        return toml::value(toml::parse(stream, file));
    } catch (const toml::syntax_error& error) {
        throw ConfigError(syntax_message(error, file));
    } catch (const std::exception&) {
        // toml11 3 reports a few mistakes (a table defined twice, a bad UTF-8 sequence) in other ways.
        throw ConfigError(log::printable(file) +
                          ": this is not TOML (a key or section may stand in it twice, or it is not UTF-8)");
    }
}

}  // namespace

Config config_detail::parse_onto(Config config, std::string_view text, const std::string& file_name) {
    const toml::value root = parse_toml(text, file_name);
    KeyLines lines;
    const auto keys = config_keys();
    for (const Found& found : keys_of(root, file_name)) {
        const std::string name = found.section + "." + found.name;
        lines[name] = found.line;
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& candidate) {
            return candidate.section == found.section && candidate.name == found.name;
        });
        if (key == keys.end()) {
            reject(file_name, {{log::printable(name), found.line}}, log::printable(name),
                   "no such key; hrn.toml(5) and docs/configuration.md list all");
        }
        const auto index = static_cast<std::size_t>(key - keys.begin());
        Reader(*key, places()[index], file_name, config).read(found.value);
    }
    check_whole(config, file_name, lines);
    return config;
}

Config parse_config(std::string_view text, const std::string& file_name) {
    return config_detail::parse_onto(default_config(), text, file_name);
}

}  // namespace hrn
