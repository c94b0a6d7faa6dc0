// The four networks of the official front end behind plain vectors: batches of 8-bit pictures in, raw outputs
// out. Everything around them (crops, decoding) is Torch-free and lies in its own files.
//
// Owned by the official front end. Any number of threads may call at once: their work is queued on the device
// one after the other (device_turn.hpp). An interface, so that the chain can be tested without networks.
// Loading throws model::ModelError; computing lets c10::Error through (a fault of the device, not of a
// photo).
//
// An image's numbers do not depend on the batch that it comes in: what is compared with them (a score with
// its limit, a crop with the photo's border) would otherwise fall now on one side, now on the other. On a CPU
// each image is computed alone, which costs nothing there. A device computes batches of eight, filled up, and
// of those other sizes that give the same bits there: settle() tries which.
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

class DeviceChain;

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

    // Pictures can be cut where the networks are; null: the CPU cuts them.
    [[nodiscard]] virtual const DeviceChain* on_device() const { return nullptr; }
    // Once, before the first pictures, for batches of up to `largest`: finds out which batch sizes give the
    // same bits on this device. Returns what the operator should know, one line each.
    virtual std::vector<std::string> settle(int /*largest*/) { return {}; }
};

// device, precision: as networks::parse_placement() takes them.
[[nodiscard]] std::unique_ptr<OfficialNetworks> load_official_networks(const model::ModelDirectory& directory,
                                                                       const std::string& device,
                                                                       const std::string& precision);

}  // namespace hrn::front
