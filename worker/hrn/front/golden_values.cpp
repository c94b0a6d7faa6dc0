#include "worker/hrn/front/golden_values.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <span>
#include <stdexcept>

#include "worker/hrn/image/decode.hpp"
#include "worker/hrn/image/synthetic_photo.hpp"
#include "worker/model/synthetic_numbers.hpp"

namespace hrn::front::golden {
namespace {

// The text of a note, or nothing.
std::optional<std::string> note(const std::string& notes, const char* key) {
    const nlohmann::json document = nlohmann::json::parse(notes, nullptr, false);
    if (!document.is_object() || !document.contains(key) || !document.at(key).is_string()) {
        return std::nullopt;
    }
    return document.at(key).get<std::string>();
}

std::optional<Photo> smooth_image_in(const std::string& text) {
    static const std::regex pattern(
        R"(smooth_image\(\s*(\d{1,5})\s*,\s*(\d{1,5})\s*(?:,\s*(\d{1,6})\s*)?\))");
    std::smatch match;
    if (!std::regex_search(text, match, pattern)) {
        return std::nullopt;
    }
    return image::smooth_image(std::stoi(match[1]), std::stoi(match[2]),
                               match[3].matched ? std::stoi(match[3]) : 0);
}

template <std::size_t count>
void fill(std::array<Point, count>& points, const std::vector<double>& numbers) {
    for (std::size_t i = 0; i < count; ++i) {
        points[i] = {numbers.at(2 * i), numbers.at(2 * i + 1)};
    }
}

template <std::size_t count>
GoldenValue flat(const std::array<Point, count>& points) {
    GoldenValue result{{static_cast<std::int64_t>(count), 2}, {}};
    for (const Point& point : points) {
        result.numbers.push_back(point.x);
        result.numbers.push_back(point.y);
    }
    return result;
}

}  // namespace

GoldenValue value(const Photo& photo) {
    return value({photo.height, photo.width, 3}, photo.rgb);
}

GoldenValue value(const cv::Mat& image) {
    const cv::Mat whole = image.isContinuous() ? image : image.clone();
    Shape shape{whole.rows, whole.cols};
    if (whole.channels() > 1) {
        shape.push_back(whole.channels());
    }
    return value(std::move(shape), std::vector<std::uint8_t>(whole.datastart, whole.dataend));
}

GoldenValue value(const Points106& points) {
    return flat(points);
}
GoldenValue value(const FivePoints& points) {
    return flat(points);
}

const std::vector<double>& given(const GoldenValues& values, std::string_view key, std::size_t count) {
    const std::string name(key);
    const auto found = values.find(name);
    if (found == values.end()) {
        throw std::invalid_argument("the given array " + name + " is missing");
    }
    if (count != 0 && found->second.numbers.size() != count) {
        throw std::invalid_argument("the given array " + name + " has " +
                                    std::to_string(found->second.numbers.size()) + " numbers, not " +
                                    std::to_string(count));
    }
    return found->second.numbers;
}

const std::vector<double>& given_here_or(const GoldenValues& values, std::string_view key,
                                         std::string_view stage, std::size_t count) {
    const std::string name(key);
    return given(values, values.contains(name) ? name : std::string(stage) + "." + name, count);
}

std::vector<float> floats(const std::vector<double>& numbers) {
    return {numbers.begin(), numbers.end()};
}

Box box_of(const std::vector<double>& numbers) {
    return {numbers.at(0), numbers.at(1), numbers.at(2), numbers.at(3)};
}

FivePoints five_points(const std::vector<double>& numbers) {
    FivePoints points;
    fill(points, numbers);
    return points;
}

Points106 points_106_of(const std::vector<double>& numbers) {
    Points106 points;
    fill(points, numbers);
    return points;
}

Points68 points_68_of(const std::vector<double>& numbers) {
    Points68 points{};
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = static_cast<float>(numbers.at(i));
    }
    return points;
}

StandardPoints standard_of(const std::vector<double>& numbers) {
    StandardPoints points{};
    for (std::size_t i = 0; i < 15; ++i) {
        points[i / 3][i % 3] = numbers.at(i);
    }
    return points;
}

std::vector<std::filesystem::path> photo_folders(const std::filesystem::path& golden_folder) {
    constexpr int levels = 4;
    std::vector<std::filesystem::path> folders;
    std::filesystem::path folder = std::filesystem::absolute(golden_folder).lexically_normal();
    for (int i = 0; i < levels; ++i) {
        folders.push_back(folder);
        folders.push_back(folder / "photos");
        folder = folder.parent_path();
    }
    folders.emplace_back("tests/data");
    return folders;
}

Photo photo_file(const std::string& name, const std::vector<std::filesystem::path>& folders) {
    const std::filesystem::path base = std::filesystem::path(name).filename();
    for (const std::filesystem::path& folder : folders) {
        std::ifstream file(folder / base, std::ios::binary);
        if (file) {
            const std::string bytes(std::istreambuf_iterator<char>(file), {});
            return image::decode(std::as_bytes(std::span(bytes)));
        }
    }
    throw std::invalid_argument("the photo " + base.string() + " is in none of the folders looked at");
}

Photo photo_of(const std::string& notes, const std::vector<std::filesystem::path>& folders) {
    const std::optional<std::string> named = note(notes, "image");
    if (!named) {
        throw std::invalid_argument("the case does not say which image it is about");
    }
    if (std::optional<Photo> photo = smooth_image_in(*named)) {
        return std::move(*photo);
    }
    return photo_file(*named, folders);
}

std::uint64_t seed_of(const std::string& notes) {
    const nlohmann::json document = nlohmann::json::parse(notes, nullptr, false);
    const bool named =
        document.is_object() && document.contains("seed") && document.at("seed").is_number_unsigned();
    return named ? document.at("seed").get<std::uint64_t>() : model::default_seed;
}

Photo noted_photo(const std::string& notes, int height, int width, int phase) {
    if (const auto text = note(notes, "array_note")) {
        if (std::optional<Photo> photo = smooth_image_in(*text)) {
            return std::move(*photo);
        }
    }
    return image::smooth_image(height, width, phase);
}

}  // namespace hrn::front::golden
