// Reads the face model of a model directory (core.md 2) and checks it: every shape, every index.
//
// Called once, while the model loads, by one thread (matio is not thread-safe). Throws model::ModelError
// with one line that names the file and what is wrong in it.
#pragma once

#include "worker/hrn/core/face_model.hpp"
#include "worker/hrn/core/team.hpp"

namespace hrn::model {
class ModelDirectory;
}

namespace hrn::core {

[[nodiscard]] FaceModel load_face_model(const model::ModelDirectory& directory, Team& team);

}  // namespace hrn::core
