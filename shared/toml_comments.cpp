#include "shared/toml_comments.hpp"

#include <algorithm>

namespace hrn::config_detail {
namespace {

constexpr std::string_view kEscapedHash = "\\u0023";

// A string of TOML as it stands in the text, from its first quote on.
struct Quoted {
    char quote = '"';        // or ': nothing is escaped in it
    std::size_t quotes = 1;  // 3: it may have several lines
    std::string_view inside;
    std::size_t length = 0;  // of all, with the quotes
    bool closed = false;
};

std::size_t count_quotes(std::string_view text, std::size_t at, char quote) {
    const std::size_t end = std::min(text.find_first_not_of(quote, at), text.size());
    return end - at;
}

Quoted quoted_at(std::string_view text) {
    Quoted string{text.front(), 1, {}, 0, false};
    const std::size_t before = count_quotes(text, 0, string.quote);
    if (before == 2) {
        return {string.quote, 1, {}, 2, true};  // an empty one
    }
    string.quotes = before >= 3 ? 3 : 1;
    std::size_t at = string.quotes;
    while (at < text.size()) {
        if (text[at] == '\n' && string.quotes == 1) {
            break;
        }
        if (text[at] == '\\' && string.quote == '"') {
            at += 2;
            continue;
        }
        // Up to two quotes more than are needed belong to the string that they end.
        if (const std::size_t count = text[at] == string.quote ? count_quotes(text, at, string.quote) : 0;
            count >= string.quotes) {
            const std::size_t taken = string.quotes == 1 ? 1 : std::min<std::size_t>(count, 5);
            string.inside = text.substr(string.quotes, at + taken - 2 * string.quotes);
            string.length = at + taken;
            string.closed = true;
            return string;
        } else {
            at += std::max<std::size_t>(count, 1);
        }
    }
    string.length = std::min(at, text.size());
    string.inside = text.substr(string.quotes, string.length - string.quotes);
    return string;
}

void write_basic(const Quoted& string, std::string& out) {
    for (std::size_t i = 0; i < string.inside.size(); ++i) {
        const char c = string.inside[i];
        if (c == '\\' && i + 1 < string.inside.size()) {
            const char next = string.inside[++i];
            out.append(1, c).append(1, next == '#' ? '?' : next);  // either is no escape of TOML
        } else if (c == '#') {
            out += kEscapedHash;
        } else {
            out += c;
        }
    }
}

// As a basic string, which knows escapes.
void write_literal(const Quoted& string, std::string& out) {
    for (const char c : string.inside) {
        if (c == '#') {
            out += kEscapedHash;
        } else {
            out.append(c == '\\' || c == '"' ? 1 : 0, '\\').append(1, c);
        }
    }
}

void write(const Quoted& string, std::string_view as_it_stands, std::string& out) {
    if (as_it_stands.find('#') == std::string_view::npos) {
        out += as_it_stands;
        return;
    }
    if (!string.closed) {  // wrong with any letter in the place of '#'
        const std::size_t begin = out.size();
        out += as_it_stands;
        std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '#', '?');
        return;
    }
    out.append(string.quotes, '"');
    string.quote == '"' ? write_basic(string, out) : write_literal(string, out);
    out.append(string.quotes, '"');
}

}  // namespace

std::string without_comments(std::string_view toml) {
    std::string out;
    out.reserve(toml.size());
    while (!toml.empty()) {
        const std::size_t plain = std::min(toml.find_first_of("#\"'"), toml.size());
        out += toml.substr(0, plain);
        toml.remove_prefix(plain);
        if (toml.empty()) {
            break;
        }
        if (toml.front() == '#') {
            toml.remove_prefix(std::min(toml.find('\n'), toml.size()));
            continue;
        }
        const Quoted string = quoted_at(toml);
        write(string, toml.substr(0, string.length), out);
        toml.remove_prefix(string.length);
    }
    return out;
}

}  // namespace hrn::config_detail
