// Values as TOML writes them: for whoever writes a configuration, or quotes a value of one.
// Pure functions; they cannot fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hrn {

// "text" as a basic string, quoted and escaped. Bytes that are not UTF-8 have no form in TOML: they are kept,
// and the reader of the file will refuse them.
[[nodiscard]] std::string toml_string(std::string_view text);
// The shortest digits that read back as the same number. A whole number has no point: the keys of kind number
// take either.
[[nodiscard]] std::string toml_number(double number);

// [a, b], each as text(item) writes it.
template <typename Item, typename Text>
[[nodiscard]] std::string toml_list(const std::vector<Item>& items, Text text) {
    std::string out = "[";
    for (const Item& item : items) {
        out.append(out.size() > 1 ? ", " : "").append(text(item));
    }
    return out + "]";
}

}  // namespace hrn
