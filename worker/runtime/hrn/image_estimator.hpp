// hrn-worker's Estimator: pixels from the header (worker/hrn/image's own probe), then the largest face on a
// reduced image (front::FaceShare). Needs neither model nor device.
#pragma once

#include "shared/config.hpp"
#include "worker/hrn/front/face_share.hpp"
#include "worker/hrn/image/image_probe.hpp"
#include "worker/runtime/estimate/estimator.hpp"

namespace hrn::runtime {

class ImageEstimator final : public Estimator {
public:
    explicit ImageEstimator(const Config& config);
    [[nodiscard]] std::size_t header_bytes() const override { return 256 * 1024; }
    [[nodiscard]] FirstLook by_header(const TaskId& id, std::span<const std::byte> begin,
                                      std::uint64_t file_bytes) override;
    [[nodiscard]] ImageCost by_image(const TaskId& id, std::span<const std::byte> file) override;

private:
    image::ProbeLimits limits_;
    front::FaceShare faces_;
};

}  // namespace hrn::runtime
