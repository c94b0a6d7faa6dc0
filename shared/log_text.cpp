#include "shared/log_text.hpp"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "shared/text.hpp"

namespace hrn::log {
namespace {

struct LevelRow {
    Level level;
    std::string_view name;
    int priority;  // of syslog
};
constexpr std::array<LevelRow, 4> kLevels = {{{Level::debug, "debug", 7},
                                              {Level::info, "info", 6},
                                              {Level::warning, "warning", 4},
                                              {Level::error, "error", 3}}};

const LevelRow& row_of(Level level) {
    return kLevels[static_cast<std::size_t>(level) < kLevels.size() ? static_cast<std::size_t>(level) : 0];
}

void append_hex(std::string& out, unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 15];
}

// Characters that are valid UTF-8 and yet change what a terminal shows: C1 controls (U+0080-9F), line and
// paragraph separators and the bidirectional overrides (U+2028-202E, U+2066-2069).
std::size_t harmful_length(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() >= 2 && at(0) == 0xC2 && at(1) < 0xA0) {
        return 2;
    }
    if (bytes.size() >= 3 && at(0) == 0xE2 &&
        ((at(1) == 0x80 && at(2) >= 0xA8 && at(2) <= 0xAE) ||
         (at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9))) {
        return 3;
    }
    return 0;
}

std::size_t character_length(std::string_view bytes) {
    for (std::size_t length = 1; length <= 4 && length <= bytes.size(); ++length) {
        if (valid_utf8(bytes.substr(0, length))) {
            return length;
        }
    }
    return 0;
}

void append_fields(std::string& line, Fields fields) {
    for (const auto& [key, value] : fields) {
        const std::string shown = printable(value);
        const bool quote = shown.empty() || shown.find_first_of(" =\"\\") != std::string::npos;
        line.append(" ").append(key).append(quote ? "=\"" : "=").append(shown).append(quote ? "\"" : "");
    }
}

// Journal field names: upper case, digits and underscores, not beginning with an underscore.
std::string field_name(std::string_view key) {
    std::string name = "HRN_";
    for (const char c : key) {
        const bool lower = c >= 'a' && c <= 'z';
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += lower ? static_cast<char>(c - 'a' + 'A') : plain ? c : '_';
    }
    return name;
}

// A value with a line feed takes the protocol's binary form: name, LF, 64-bit length, value, LF.
void append_journal_field(std::string& datagram, std::string_view name, std::string_view value) {
    datagram += name;
    if (value.find('\n') == std::string_view::npos) {
        datagram.append("=").append(value);
    } else {
        datagram += '\n';
        for (int shift = 0; shift < 64; shift += 8) {
            datagram += static_cast<char>((static_cast<std::uint64_t>(value.size()) >> shift) & 0xFF);
        }
        datagram += value;
    }
    datagram += '\n';
}

// `quotes`: quotes and backslashes are escaped, too, so that the text can stand between quotes.
std::string harmless(std::string_view bytes, bool quotes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto first = static_cast<unsigned char>(bytes.front());
        const std::size_t harmful = harmful_length(bytes);
        const std::size_t length = character_length(bytes);
        if (first == '\n') {
            out += "\\n";
        } else if (first == '\t') {
            out += "\\t";
        } else if (first == '\r') {
            out += "\\r";
        } else if (quotes && (first == '"' || first == '\\')) {
            out += '\\';
            out += bytes.front();
        } else if (harmful != 0) {
            for (std::size_t i = 0; i < harmful; ++i) {
                append_hex(out, static_cast<unsigned char>(bytes[i]));
            }
        } else if (length == 0 || first < 0x20 || first == 0x7F) {
            append_hex(out, first);
        } else {
            out += bytes.substr(0, length);
        }
        bytes.remove_prefix(harmful != 0 ? harmful : length == 0 ? 1 : length);
    }
    return out;
}

}  // namespace

std::string printable(std::string_view bytes) {
    return harmless(bytes, true);
}

std::string one_line(std::string_view text) {
    return harmless(text, false);
}

std::string_view level_name(Level level) {
    return row_of(level).name;
}

bool parse_level(std::string_view name, Level& level) {
    for (const LevelRow& row : kLevels) {
        if (row.name == name) {
            level = row.level;
            return true;
        }
    }
    return false;
}

bool parse_format(std::string_view name, Format& format) {
    constexpr std::array<std::pair<std::string_view, Format>, 3> formats = {
        {{"text", Format::text}, {"json", Format::json}, {"journal", Format::journal}}};
    for (const auto& [known, value] : formats) {
        if (known == name) {
            format = value;
            return true;
        }
    }
    return false;
}

std::string text_line(std::string_view time, std::string_view program, Level level, std::string_view message,
                      Fields fields) {
    std::string line;
    line.append(time).append(" ").append(level_name(level)).append(" ").append(program).append(": ");
    line += one_line(message);
    append_fields(line, fields);
    return line;
}

std::string json_line(std::string_view time, std::string_view program, Level level, std::string_view message,
                      Fields fields) {
    nlohmann::ordered_json line;
    line["time"] = time;
    line["level"] = level_name(level);
    line["program"] = program;
    line["message"] = message;
    for (const auto& [key, value] : fields) {
        line[std::string(key)] = value;
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string prefixed_line(Level level, std::string_view message, Fields fields) {
    std::string line = "<";
    line.append(std::to_string(row_of(level).priority)).append(">").append(one_line(message));
    append_fields(line, fields);
    return line;
}

std::string journal_datagram(std::string_view program, Level level, std::string_view message, Fields fields) {
    std::string datagram;
    append_journal_field(datagram, "PRIORITY", std::to_string(row_of(level).priority));
    append_journal_field(datagram, "SYSLOG_IDENTIFIER", program);
    std::string text = one_line(message);
    append_fields(text, fields);
    append_journal_field(datagram, "MESSAGE", text);
    for (const auto& [key, value] : fields) {
        append_journal_field(datagram, field_name(key), value);
    }
    return datagram;
}

}  // namespace hrn::log
