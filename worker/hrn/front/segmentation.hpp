// The face mask from the segmentation network (segment_face.pb), through OpenCV dnn (front.md 8).
//
// Owned by a front end; one network, guarded by a mutex, so mask() may be called from any thread. The file's
// inside is not public, so what it wants is looked up rather than assumed, and a graph that OpenCV cannot run
// is no fault: load() then returns nothing and says why, and the mask is the hull of the landmarks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <opencv2/dnn.hpp>
#include <optional>
#include <string>
#include <vector>

#include "worker/hrn/types.hpp"

namespace hrn::front {

class Segmentation {
public:
    // Reads the graph and runs it once. `problem` is set when the result is null.
    [[nodiscard]] static std::unique_ptr<Segmentation> load(const std::filesystem::path& file,
                                                            std::string& problem);
    // 224 x 224, face probability * 255, of a 224 x 224 x 3 RGB crop. Nothing if the network failed on it.
    [[nodiscard]] std::optional<std::vector<std::uint8_t>> mask(const std::vector<std::uint8_t>& image_224);

private:
    explicit Segmentation(cv::dnn::Net net, std::string output);

    std::mutex mutex_;
    cv::dnn::Net net_;
    std::string output_;
};

// The face's mask and where it is from: the network, or the hull without one.
void set_mask(AlignedFace& face, Segmentation* segmentation);

}  // namespace hrn::front
