// The four networks of the official front end behind plain vectors: batches of 8-bit pictures in, raw outputs
// out. Everything around them (crops, decoding) is Torch-free and lies in its own files.
//
// Owned by the official front end. Any number of threads may call at once: their work is queued on the device
// one after the other (device_turn.hpp). An interface, so that the chain can be tested without networks.
// Loading throws model::ModelError; computing lets c10::Error through (a fault of the device, not of a
// photo). On a CPU each image is computed alone: its bits then do not depend on the batch it came in, and a
// CPU gains nothing from batches.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "worker/hrn/front/landmark_crop.hpp"
#include "worker/hrn/front/network_input.hpp"
#include "worker/hrn/front/retina_boxes.hpp"
#include "worker/hrn/front/s3fd_boxes.hpp"

namespace hrn::model {
class ModelDirectory;
}

namespace hrn::front {

using S3fdRaw = std::array<S3fdLevel, s3fd_levels>;
class OfficialNetworks {
public:
    virtual ~OfficialNetworks() = default;
    // `landmarks`: the detector's own five points are wanted too; HRN has no use for them.
    [[nodiscard]] virtual std::vector<RetinaRaw> retina(const NetworkInputs& inputs,
                                                        bool landmarks) const = 0;
    // 106 x 14 x 14 logits each.
    [[nodiscard]] virtual std::vector<std::vector<float>> logits_106(const NetworkInputs& inputs) const = 0;
    // Inputs of crop A's size.
    [[nodiscard]] virtual std::vector<S3fdRaw> s3fd(const NetworkInputs& inputs) const = 0;
    // 68 x 64 x 64 heat maps each.
    [[nodiscard]] virtual std::vector<std::vector<float>> heat_maps(const NetworkInputs& inputs) const = 0;
    [[nodiscard]] virtual const SquareRegressor& square_regressor() const = 0;
};

// device, precision: as networks::parse_placement() takes them.
[[nodiscard]] std::unique_ptr<OfficialNetworks> load_official_networks(const model::ModelDirectory& directory,
                                                                       const std::string& device,
                                                                       const std::string& precision);

}  // namespace hrn::front
