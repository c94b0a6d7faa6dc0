// The core of a GPU: everything between the crops and the reconstructed faces stays on the device, networks
// and geometry on one stream. The host packs a batch, queues all of its work, and waits once, at the end.
//
// Owned by the Core; run() as Core::run(). Memory for the largest batch so far is kept: the warm-up, which
// begins with the largest one, reserves it. Errors of the device come out of run() as c10::Error or
// DeviceError and concern the whole batch; before they leave, the stream is drained.
#pragma once

#include <memory>

#include "worker/hrn/core/core_networks.hpp"
#include "worker/hrn/core/face_engine.hpp"
#include "worker/hrn/core/face_model.hpp"
#include "worker/hrn/core/landmark_fit.hpp"
#include "worker/hrn/core/team.hpp"

namespace hrn::core {

// More faces than this are done in several batches.
inline constexpr std::size_t most_faces_at_once = 64;

struct DeviceCoreParts {
    const FaceModel& model;  // read while the engine is made only
    const CoreNetworks& networks;
    const LandmarkFit& landmark_fit;
    Team& team;
    bool dense = true;  // CoreOptions::dense
};

// The parts but the model must outlive it. std::invalid_argument: the device is too small for it.
[[nodiscard]] std::unique_ptr<FaceEngine> make_device_core(const DeviceCoreParts& parts);

}  // namespace hrn::core
