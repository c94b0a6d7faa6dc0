// A model directory as ModelScope serves it (core.md 2, front.md 2-8), or one that `hrn-model synthesise`
// wrote: which files it should have, which it has, what may be done with them.
//
// Looks at names and sizes only, at construction; immutable afterwards, any thread. Throws ModelError when
// the directory is not there or model.json is not what synthesise writes. A missing file is no error until
// somebody asks for it by require().
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hrn::model {

// Names below the directory.
namespace file {
inline constexpr std::string_view networks = "pytorch_model.pt";
inline constexpr std::string_view de_retouching = "de_retouching_model.pth";
inline constexpr std::string_view bfm = "assets/BFM_model_front.mat";
inline constexpr std::string_view uvs = "assets/bfm_uvs2.npy";
inline constexpr std::string_view uv_template = "assets/template_bfm.obj";
inline constexpr std::string_view texture_mean = "assets/bfm_tex_mean2.npy";
inline constexpr std::string_view texture_base = "assets/bfm_texmap_base2.npy";
inline constexpr std::string_view similarity = "assets/similarity_Lm3D_all.mat";
inline constexpr std::string_view retinaface = "retinaface_resnet50_2020-07-20_old_torch.pth";
inline constexpr std::string_view landmarks_106 = "large_base_net.pth";
inline constexpr std::string_view bbregressor = "assets/BBRegressorParam_r.mat";
inline constexpr std::string_view s3fd = "face_alignment/s3fd-619a316812.pth";
inline constexpr std::string_view fan_torchscript = "face_alignment/3DFAN4-4a694010b9.zip";
inline constexpr std::string_view fan_state_dict = "face_alignment/3DFAN4-7835d9f11d.pth.tar";
inline constexpr std::string_view segmentation = "segment_face.pb";
}  // namespace file

enum class FilePart : std::uint8_t {
    core,         // without it nothing can be reconstructed
    alignment,    // both front ends need it
    front,        // the official front end needs it
    front_fan,    // one of the two forms of FAN is enough
    segmentation  // optional: without it the mask is the hull of the landmarks (front.md 8)
};

struct ModelFile {
    std::string name;  // below the directory
    FilePart part;
    std::string purpose;
    bool present = false;
    std::uint64_t bytes = 0;
};

class ModelDirectory {
public:
    explicit ModelDirectory(std::filesystem::path directory);

    [[nodiscard]] const std::filesystem::path& path() const { return directory_; }
    [[nodiscard]] const std::vector<ModelFile>& files() const { return files_; }
    [[nodiscard]] bool has(std::string_view name) const;
    // The whole path of a file of the model; ModelError "... is missing" if it is not there.
    [[nodiscard]] std::filesystem::path require(std::string_view name) const;

    // All files of the core and of alignment are there. The coefficient network is part of
    // pytorch_model.pt; see coefficients_from_landmarks().
    [[nodiscard]] bool core_complete() const;
    // The official front end's files are all there (segmentation aside).
    [[nodiscard]] bool official_front_complete() const;
    // What front_end = "auto" means here: the official one if its files are there and model.json does not
    // say otherwise (a demo model's detector has learnt nothing).
    [[nodiscard]] bool auto_uses_official_front() const;
    // The form of FAN to load: the state dict is preferred, our own module runs it batched.
    [[nodiscard]] std::optional<std::string_view> fan_file() const;

    // From model.json; an official directory has none: "official" and no seed.
    [[nodiscard]] const std::string& profile() const { return profile_; }  // "official", "test", "demo"
    [[nodiscard]] std::optional<std::uint64_t> seed() const { return seed_; }
    // True when model.json says "coefficients": "landmarks", or pytorch_model.pt has no net_recon
    // (design.md 11). Opens pytorch_model.pt, so it throws ModelError if that file is broken.
    [[nodiscard]] bool coefficients_from_landmarks() const;
    // Stable text for result.json: "hrn-PROFILE-SEED-HASH" or "hrn-official-HASH"; the hash is over
    // model.json and the names and sizes of the files that are there.
    [[nodiscard]] const std::string& id() const { return id_; }

private:
    void read_description();
    [[nodiscard]] const ModelFile* entry(std::string_view name) const;

    std::filesystem::path directory_;
    std::vector<ModelFile> files_;
    std::string profile_ = "official";
    std::optional<std::uint64_t> seed_;
    bool landmarks_wanted_ = false;
    bool dlib_wanted_ = false;
    std::string id_;
};

}  // namespace hrn::model
