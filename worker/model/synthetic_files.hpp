// The single files of a synthetic model directory; synthesise.hpp writes them all. Each function returns
// when its file is whole and closed; ModelError when it cannot be written.
#pragma once

#include <filesystem>

#include "worker/model/synthesise.hpp"

namespace hrn::model {

void write_core_networks(const std::filesystem::path& directory, const SynthesisOptions& options);
void write_front_networks(const std::filesystem::path& directory, const SynthesisOptions& options);
// BFM_model_front.mat, similarity_Lm3D_all.mat, bfm_uvs2.npy, template_bfm.obj
void write_face_model(const std::filesystem::path& directory, const SynthesisOptions& options);
// bfm_tex_mean2.npy, bfm_texmap_base2.npy
void write_texture_model(const std::filesystem::path& directory, const SynthesisOptions& options);
// BBRegressorParam_r.mat
void write_crop_regressor(const std::filesystem::path& directory, const SynthesisOptions& options);

}  // namespace hrn::model
