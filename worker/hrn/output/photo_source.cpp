#include "worker/hrn/output/photo_source.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

namespace hrn::output {

namespace {

constexpr float margin = 3;            // pixels that the bicubic kernel may touch
constexpr double shrink_from = 1.25;   // photo pixels per texel
constexpr int max_remap_side = 30000;  // cv::remap counts in 16 bits

double doubled_area(double ax, double ay, double bx, double by, double cx, double cy) {
    return std::abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
}

// Side lengths: the root of the mesh's area in the photo over its area in the texture.
double pixels_per_texel(const std::vector<PhotoPoint>& points, const Topology& topology, int size) {
    double photo_area = 0, texture_area = 0;
    for (std::size_t f = 0; f + 2 < topology.faces.size(); f += 3) {
        const auto a = static_cast<std::size_t>(topology.faces[f]);
        const auto b = static_cast<std::size_t>(topology.faces[f + 1]);
        const auto c = static_cast<std::size_t>(topology.faces[f + 2]);
        const auto& uv = topology.uvs;
        photo_area +=
            doubled_area(points[a].x, points[a].y, points[b].x, points[b].y, points[c].x, points[c].y);
        texture_area +=
            doubled_area(uv[2 * a], uv[2 * a + 1], uv[2 * b], uv[2 * b + 1], uv[2 * c], uv[2 * c + 1]);
    }
    return texture_area > 0 ? std::sqrt(photo_area / texture_area) / size : 1.0;
}

cv::Rect bounding_part(const std::vector<PhotoPoint>& points, int width, int height) {
    const auto [left, right] =
        std::minmax_element(points.begin(), points.end(), [](auto& a, auto& b) { return a.x < b.x; });
    const auto [top, bottom] =
        std::minmax_element(points.begin(), points.end(), [](auto& a, auto& b) { return a.y < b.y; });
    const auto edge = [](float x, int limit) {
        return static_cast<int>(std::clamp(x, 0.0F, static_cast<float>(limit)));
    };
    return {cv::Point(edge(left->x - margin, width), edge(top->y - margin, height)),
            cv::Point(edge(right->x + margin, width), edge(bottom->y + margin, height))};
}

// Shrinks the source by `ratio`, and the way into it.
void shrink(PhotoSource& source, double ratio) {
    const cv::Size before = source.pixels.size();
    const cv::Size after(std::max(1, static_cast<int>(std::lround(before.width / ratio))),
                         std::max(1, static_cast<int>(std::lround(before.height / ratio))));
    cv::Mat smaller;
    cv::resize(source.pixels, smaller, after, 0, 0, cv::INTER_AREA);
    source.pixels = smaller;
    const double x = static_cast<double>(after.width) / before.width;
    const double y = static_cast<double>(after.height) / before.height;
    CropToPhoto& map = source.from_crop;
    map = {map.scale_x * x, map.scale_y * y, map.offset_x * x, map.offset_y * y};
}

}  // namespace

CropToPhoto map_to_photo(const AlignedFace& aligned, const PhotoOfFace& photo) {
    if (photo.photo == nullptr) {
        throw std::invalid_argument("texture: a texture larger than the fitted one needs the photo");
    }
    const Photo& whole = *photo.photo;
    if (whole.rgb.size() != 3 * static_cast<std::size_t>(std::max(whole.width, 0)) *
                                static_cast<std::size_t>(std::max(whole.height, 0))) {
        throw std::invalid_argument("texture: the photo does not have the bytes of its size");
    }
    const int width = photo.frame_width > 0 ? photo.frame_width : photo.photo->width;
    const int height = photo.frame_height > 0 ? photo.frame_height : photo.photo->height;
    return crop_to_photo(aligned, width, height, photo.photo->width, photo.photo->height);
}

PhotoSource cut_source(const Reconstruction& face, const AlignedFace& aligned, const PhotoOfFace& photo,
                       const Topology& topology, int size) {
    PhotoSource source;
    source.from_crop = map_to_photo(aligned, photo);
    std::vector<PhotoPoint> points(face.vertices.size() / 3);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const float* p = &face.vertices[3 * i];
        points[i] = in_photo(source.from_crop, project(p[0], p[1], p[2]));
    }
    const cv::Rect part = bounding_part(points, photo.photo->width, photo.photo->height);
    if (part.empty()) {
        return source;
    }
    // OpenCV takes no pointer to const, but reads only.
    const cv::Mat whole(photo.photo->height, photo.photo->width, CV_8UC3,
                        const_cast<std::uint8_t*>(photo.photo->rgb.data()));
    source.pixels = whole(part);
    source.from_crop.offset_x -= part.x;
    source.from_crop.offset_y -= part.y;
    const double ratio = std::max(pixels_per_texel(points, topology, size),
                                  static_cast<double>(std::max(part.width, part.height)) / max_remap_side);
    if (ratio > shrink_from) {
        shrink(source, ratio);
    }
    return source;
}

}  // namespace hrn::output
