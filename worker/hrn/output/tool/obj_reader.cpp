#include "worker/hrn/output/tool/obj_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>

namespace hrn::output {

namespace {

// The words of one line, taken from its front.
class Line {
public:
    Line(std::string_view text, std::size_t number) : rest_(text), number_(number) {}

    std::string_view word() {
        const auto begin = rest_.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) {
            rest_ = {};
            return {};
        }
        const auto end = std::min(rest_.find_first_of(" \t\r", begin), rest_.size());
        const std::string_view word = rest_.substr(begin, end - begin);
        rest_.remove_prefix(end);
        return word;
    }

    void numbers(std::size_t count, std::vector<float>& out) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::string_view text = word();
            float value = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (error != std::errc{} || end != text.data() + text.size()) {
                fail("a number is missing or unreadable");
            }
            out.push_back(value);
        }
    }

    // "17/17/17" or "17": the index from 0.
    std::int32_t corner() {
        const std::string_view text = word();
        const char *p = text.data(), *const end = p + text.size();
        std::int32_t first = 0;
        for (bool is_first = true; is_first || p != end; is_first = false) {
            std::int32_t index = 0;
            if (!is_first) {
                if (*p != '/') {
                    fail("a corner is not of the form 1/1/1");
                }
                ++p;
            }
            const auto [next, error] = std::from_chars(p, end, index);
            if (error != std::errc{} || index < 1) {
                fail("a corner needs indices from 1");
            }
            if (!is_first && index != first) {
                fail("position, texture coordinate and normal have different indices");
            }
            first = index;
            p = next;
        }
        return first - 1;
    }

    [[noreturn]] void fail(const char* what) const {
        throw OutputError("line " + std::to_string(number_) + ": " + what);
    }

private:
    std::string_view rest_;
    std::size_t number_;
};

}  // namespace

ObjMesh read_obj(std::string_view text) {
    ObjMesh mesh;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        Line line(text.substr(0, end), number);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::string_view keyword = line.word();
        if (keyword == "v") {
            line.numbers(3, mesh.positions);
        } else if (keyword == "vt") {
            line.numbers(2, mesh.uvs);
        } else if (keyword == "vn") {
            line.numbers(3, mesh.normals);
        } else if (keyword == "f") {
            for (int k = 0; k < 3; ++k) {
                mesh.faces.push_back(line.corner());
            }
            if (!line.word().empty()) {
                line.fail("a face has more than three corners");
            }
        }
    }
    try {
        check_mesh(mesh.view());
    } catch (const std::invalid_argument& error) {
        throw OutputError(error.what());
    }
    return mesh;
}

}  // namespace hrn::output
