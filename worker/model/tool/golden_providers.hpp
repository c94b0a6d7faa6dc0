// Everybody in this program who computes stages of a golden folder: the core and the front end. The only
// part of hrn-model that meets LibTorch.
//
// One thread. A part whose files the model lacks, or whose device is not there, is returned with its
// problem instead of its stages.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "worker/model/model_directory.hpp"
#include "worker/model/tool/golden_run.hpp"

namespace hrn::model::tool {

// device: "cpu", "cuda" or "cuda:N"; precision: "fp32", "tf32", "fp16" or "bf16"; threads: of the CPU;
// golden_folder: where the front end looks for the cases' photos.
[[nodiscard]] std::vector<Provider> make_providers(const ModelDirectory& directory, const std::string& device,
                                                   const std::string& precision, int threads,
                                                   const std::filesystem::path& golden_folder);

}  // namespace hrn::model::tool
