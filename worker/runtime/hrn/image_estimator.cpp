#include "worker/runtime/hrn/image_estimator.hpp"

#include <opencv2/core/utility.hpp>

#include "shared/complexity_score.hpp"
#include "worker/hrn/face_error.hpp"
#include "worker/runtime/hrn/hrn_options.hpp"

namespace hrn::runtime {

namespace {

ImageCost cost_of(std::uint64_t pixels, double score) {
    return {pixels, score, score};
}

std::uint64_t pixels_of(const image::ImageInfo& info) {
    return static_cast<std::uint64_t>(info.width) * static_cast<std::uint64_t>(info.height);
}

}  // namespace

ImageEstimator::ImageEstimator(const Config& config) : limits_(probe_limits_of(config)) {
    cv::setNumThreads(1);  // the cores are the computing workers'
}

Estimator::FirstLook ImageEstimator::by_header(const TaskId&, std::span<const std::byte> begin,
                                               std::uint64_t file_bytes) {
    const image::ProbeResult probed = image::probe(begin, limits_);
    if (!probed.error) {
        const std::uint64_t pixels = pixels_of(probed.info);
        return {cost_of(pixels, complexity_by_size(pixels)), false};
    }
    // What is wrong with a beginning may be right with the whole file.
    return {cost_of(0, kScoreOfUnreadable), begin.size() >= file_bytes};
}

ImageCost ImageEstimator::by_image(const TaskId&, std::span<const std::byte> file) {
    const image::ProbeResult probed = image::probe(file, limits_);
    if (probed.error) {
        return cost_of(0, kScoreOfUnreadable);
    }
    const std::uint64_t pixels = pixels_of(probed.info);
    try {
        return cost_of(pixels, complexity_score(pixels, face_factor(faces_.largest(file, pixels))));
    } catch (const FaceFailure&) {
        return cost_of(pixels, kScoreOfUnreadable);
    }
}

}  // namespace hrn::runtime
