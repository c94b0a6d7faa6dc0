#include "worker/hrn/output/preview.hpp"

#include <cstddef>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "worker/hrn/output/camera.hpp"

namespace hrn::output {

namespace {

constexpr int crop_512 = 512;
constexpr std::uint8_t background = 32;
constexpr float turned_degrees = 35;
constexpr float overlay_opacity = 0.6F;

Picture crop_tile(const AlignedFace& aligned) {
    if (aligned.image_512.size() != std::size_t{3} * crop_512 * crop_512) {
        throw std::invalid_argument("preview: the face's crop is not 512 x 512");
    }
    const cv::Mat crop(crop_512, crop_512, CV_8UC3, const_cast<std::uint8_t*>(aligned.image_512.data()));
    Picture tile = blank(preview_tile, preview_tile, 0);
    cv::Mat small(preview_tile, preview_tile, CV_8UC3, tile.rgb.data());
    cv::resize(crop, small, small.size(), 0, 0, cv::INTER_AREA);
    return tile;
}

}  // namespace

Picture make_preview(const MeshView& mesh, const AlignedFace& aligned, const Picture& texture) {
    Look as_photographed;
    as_photographed.scale = preview_tile / crop_side;
    Picture sheet = blank(preview_tiles * preview_tile, preview_tile, background);

    Picture tile = crop_tile(aligned);
    paste(tile, 0, 0, sheet);
    Look overlay = as_photographed;
    overlay.opacity = overlay_opacity;
    draw(mesh, nullptr, overlay, tile);
    paste(tile, preview_tile, 0, sheet);

    tile = blank(preview_tile, preview_tile, background);
    draw(mesh, nullptr, as_photographed, tile);
    paste(tile, 2 * preview_tile, 0, sheet);

    Look turned = fit_to(mesh, preview_tile);
    int left = 3 * preview_tile;
    for (const float yaw : {-turned_degrees, turned_degrees}) {
        turned.yaw_degrees = yaw;
        tile = blank(preview_tile, preview_tile, background);
        draw(mesh, &texture, turned, tile);
        paste(tile, left, 0, sheet);
        left += preview_tile;
    }
    return sheet;
}

}  // namespace hrn::output
