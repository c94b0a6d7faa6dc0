// Logging through plain strings: no fmt and no spdlog in this header, because LibTorch 2.x brings a fmt of
// its own. spdlog works behind it in log.cpp.
//
// Any thread may call these. Nothing here throws; a log that cannot be written is dropped. Lines are one
// line: control characters in a field are escaped. Fields become key=value in text, keys in JSON, journal
// fields.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace hrn::log {

enum class Level : unsigned char { debug, info, warning, error };
enum class Format : unsigned char { text, json, journal };

// Call once, before threads start. `program` is the name in each line. Goes to stderr.
void start(std::string_view program, Level level, Format format);
void set_level(Level level);  // reload
[[nodiscard]] bool parse_level(std::string_view name, Level& level);
[[nodiscard]] bool parse_format(std::string_view name, Format& format);

using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;
void write(Level level, std::string_view message, Fields fields = {});

inline void debug(std::string_view message, Fields fields = {}) {
    write(Level::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
    write(Level::info, message, fields);
}
inline void warning(std::string_view message, Fields fields = {}) {
    write(Level::warning, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
    write(Level::error, message, fields);
}

// Control characters, quotes and invalid UTF-8 made harmless for a terminal or a log line.
[[nodiscard]] std::string printable(std::string_view bytes);
// The same for a sentence of our own or a value as somebody wrote it: its quotes stand as they are, and what
// it quotes was made printable before.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace hrn::log
