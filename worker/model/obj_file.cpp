#include "worker/model/obj_file.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <string_view>

#include "worker/model/array.hpp"
#include "worker/model/mapped_file.hpp"

namespace hrn::model {
namespace {

constexpr std::string_view kBlank = " \t\r";

// The three corners of "f a/b/c a/b/c a/b/c".
std::array<int, 3> parse_face(std::string_view rest) {
    std::array<int, 3> face{};
    std::size_t corners = 0;
    while (true) {
        const auto start = rest.find_first_not_of(kBlank);
        if (start == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(start);
        const auto end = std::min(rest.find_first_of(kBlank), rest.size());
        const auto corner = rest.substr(0, std::min(rest.find('/'), end));
        rest.remove_prefix(end);
        int index = 0;
        const auto [stop, error] = std::from_chars(corner.data(), corner.data() + corner.size(), index);
        if (error != std::errc{} || stop != corner.data() + corner.size() || index < 1 ||
            index == std::numeric_limits<int>::max()) {
            throw ModelError("'" + std::string(corner.substr(0, 20)) + "' is not a vertex number from 1");
        }
        if (corners == 3) {
            throw ModelError("a face has more than three corners");
        }
        face[corners++] = index - 1;
    }
    if (corners != 3) {
        throw ModelError("a face has fewer than three corners");
    }
    return face;
}

}  // namespace

std::vector<std::array<int, 3>> read_obj_faces(const std::filesystem::path& path) {
    const MappedFile file(path);
    std::string_view rest(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
    std::vector<std::array<int, 3>> faces;
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const auto end = std::min(rest.find('\n'), rest.size());
        auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
        if (line.size() < 2 || line[0] != 'f' || kBlank.find(line[1]) == std::string_view::npos) {
            continue;
        }
        try {
            faces.push_back(parse_face(line.substr(1)));
        } catch (const ModelError& error) {
            throw ModelError(path.string() + ", line " + std::to_string(number) + ": " + error.what());
        }
    }
    if (faces.empty()) {
        throw ModelError(path.string() + ": has no faces");
    }
    return faces;
}

}  // namespace hrn::model
