// Between the numbers of golden arrays and the values of the front end. Private to the golden stages.
//
// Pure functions, any thread; a missing or misshapen input throws std::invalid_argument naming it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "worker/hrn/front/alignment.hpp"
#include "worker/hrn/front/points.hpp"
#include "worker/hrn/golden.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::front::golden {

using Shape = std::vector<std::int64_t>;

template <typename Numbers>
[[nodiscard]] GoldenValue value(Shape shape, const Numbers& numbers) {
    return {std::move(shape), std::vector<double>(numbers.begin(), numbers.end())};
}
[[nodiscard]] GoldenValue value(const Photo& photo);
[[nodiscard]] GoldenValue value(const cv::Mat& image);      // 8 bit, H x W x C or H x W
[[nodiscard]] GoldenValue value(const Points106& points);   // 106 x 2
[[nodiscard]] GoldenValue value(const FivePoints& points);  // 5 x 2

// The given numbers of that name, `count` of them (0: any number).
[[nodiscard]] const std::vector<double>& given(const GoldenValues& values, std::string_view name,
                                               std::size_t count = 0);
// The stage's own array, else the one of another stage of the case ("STAGE.NAME").
[[nodiscard]] const std::vector<double>& given_here_or(const GoldenValues& values, std::string_view name,
                                                       std::string_view stage, std::size_t count);

[[nodiscard]] std::vector<float> floats(const std::vector<double>& numbers);
[[nodiscard]] Box box_of(const std::vector<double>& numbers);  // of four numbers at least
[[nodiscard]] FivePoints five_points(const std::vector<double>& numbers);
[[nodiscard]] Points106 points_106_of(const std::vector<double>& numbers);
[[nodiscard]] Points68 points_68_of(const std::vector<double>& numbers);
[[nodiscard]] StandardPoints standard_of(const std::vector<double>& numbers);

// Where photos may lie that belong to a golden folder.
[[nodiscard]] std::vector<std::filesystem::path> photo_folders(const std::filesystem::path& golden_folder);
// The case's photo: "….png" by base name in the folders, or "….smooth_image(H, W[, K])".
// std::invalid_argument for anything else, FaceFailure for a file that cannot be decoded.
[[nodiscard]] Photo photo_of(const std::string& notes, const std::vector<std::filesystem::path>& folders);
// A file of the folders by its base name, decoded.
[[nodiscard]] Photo photo_file(const std::string& name, const std::vector<std::filesystem::path>& folders);
// The seed of the case's notes, else the synthetic model's default.
[[nodiscard]] std::uint64_t seed_of(const std::string& notes);
// The first "smooth_image(H, W[, K])" of the array's note, else of those sizes.
[[nodiscard]] Photo noted_photo(const std::string& notes, int height, int width, int phase);

}  // namespace hrn::front::golden
