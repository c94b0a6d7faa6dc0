// The official front end's networks, tensor by tensor (front.md 2, 3, 5, 6), and the crop regressor's
// matrices (front.md 4).
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "worker/model/tensor_table.hpp"

namespace hrn::model {

struct FrontNetwork {
    std::string file;       // below the model directory
    std::string hash_file;  // the name that the synthetic numbers are made from
    std::string prefix;     // of the tensors in the file: "" or "state_dict."
    bool legacy;            // the synthetic file is written in torch.save's legacy format
    TensorTable tensors;
};

// RetinaFace, the 106-point net, S3FD, FAN.
[[nodiscard]] std::vector<FrontNetwork> front_networks();

// W1 (200,10), B1 (200,1), W2 (3,200), B2 (3,1): float64 matrices of BBRegressorParam_r.mat.
[[nodiscard]] TensorTable bbregressor_table();

}  // namespace hrn::model
