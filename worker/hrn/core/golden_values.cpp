#include "worker/hrn/core/golden_values.hpp"

#include <cstdint>
#include <stdexcept>

namespace hrn::core {
namespace {

using Shape = std::vector<std::int64_t>;

struct Extent {
    std::int64_t height, width, channels;
};

[[noreturn]] void misshapen(const std::string& name) {
    throw std::invalid_argument("the array " + name + " has not the shape of its kind");
}

Extent extent_of(const Shape& shape, GoldenLayout layout, const std::string& name) {
    const auto require = [&](bool ok) {
        if (!ok) {
            misshapen(name);
        }
    };
    switch (layout) {
        case GoldenLayout::planar:
            require(shape.size() == 4 && shape[0] == 1);
            return {shape[2], shape[3], shape[1]};
        case GoldenLayout::interleaved:
            require(shape.size() == 4 && shape[0] == 1);
            return {shape[1], shape[2], shape[3]};
        case GoldenLayout::image:
            require(shape.size() == 2 || shape.size() == 3);
            return {shape[0], shape[1], shape.size() == 3 ? shape[2] : 1};
        case GoldenLayout::rows:
            require(shape.size() == 3 && shape[0] == 1);
            return {shape[1], 1, shape[2]};
        case GoldenLayout::bare_rows:
            require(shape.size() == 2);
            return {shape[0], 1, shape[1]};
        case GoldenLayout::list:
            require(shape.size() == 1);
            return {shape[0], 1, 1};
    }
    misshapen(name);
}

Shape shape_of(const Map& map, GoldenLayout layout) {
    const std::int64_t h = map.height, w = map.width, c = map.channels;
    switch (layout) {
        case GoldenLayout::planar:
            return {1, c, h, w};
        case GoldenLayout::interleaved:
            return {1, h, w, c};
        case GoldenLayout::image:
            return c == 1 ? Shape{h, w} : Shape{h, w, c};
        case GoldenLayout::rows:
            return {1, h, c};
        case GoldenLayout::bare_rows:
            return {h, c};
        case GoldenLayout::list:
            break;
    }
    return {h};
}

}  // namespace

GoldenValue to_golden(const Map& map, GoldenLayout layout) {
    GoldenValue out;
    out.shape = shape_of(map, layout);
    if (layout != GoldenLayout::planar) {
        out.numbers.assign(map.values.begin(), map.values.end());
        return out;
    }
    const auto channels = static_cast<std::size_t>(map.channels);
    out.numbers.reserve(map.values.size());
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t p = 0; p < map.pixels(); ++p) {
            out.numbers.push_back(map.values[p * channels + c]);
        }
    }
    return out;
}

Map from_golden(const GoldenValue& value, GoldenLayout layout, const std::string& name) {
    const Extent extent = extent_of(value.shape, layout, name);
    constexpr std::int64_t most = 1 << 24;
    if (extent.height < 1 || extent.width < 1 || extent.channels < 1 || extent.height > most ||
        extent.width > most || extent.channels > most ||
        static_cast<std::int64_t>(value.numbers.size()) / extent.height / extent.width != extent.channels) {
        misshapen(name);
    }
    Map map(static_cast<int>(extent.height), static_cast<int>(extent.width),
            static_cast<int>(extent.channels));
    if (map.values.size() != value.numbers.size()) {
        misshapen(name);
    }
    const auto channels = static_cast<std::size_t>(extent.channels);
    const std::size_t pixels = map.pixels();
    for (std::size_t p = 0; p < pixels; ++p) {
        for (std::size_t c = 0; c < channels; ++c) {
            const std::size_t from = layout == GoldenLayout::planar ? c * pixels + p : p * channels + c;
            map.values[p * channels + c] = static_cast<float>(value.numbers[from]);
        }
    }
    return map;
}

Map to_map(const std::vector<Vec3>& points) {
    Map map(static_cast<int>(points.size()), 1, 3);
    for (std::size_t i = 0; i < points.size(); ++i) {
        map.set(i, points[i]);
    }
    return map;
}

std::vector<Vec3> to_points(const Map& map) {
    std::vector<Vec3> points(map.pixels());
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = map.vec3(i);
    }
    return points;
}

}  // namespace hrn::core
