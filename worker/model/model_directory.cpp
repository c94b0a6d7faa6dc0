#include "worker/model/model_directory.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "worker/model/array.hpp"
#include "worker/model/model_description.hpp"
#include "worker/model/synthetic_numbers.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::model {
namespace {

struct KnownFile {
    std::string_view name;
    FilePart part;
    std::string_view purpose;
};

constexpr std::array kKnown{
    KnownFile{file::networks, FilePart::core, "coefficients, mid and high frequency networks"},
    KnownFile{file::de_retouching, FilePart::core, "de-retouching network"},
    KnownFile{file::bfm, FilePart::core, "3D face model"},
    KnownFile{file::uvs, FilePart::core, "texture coordinates"},
    KnownFile{file::uv_template, FilePart::core, "faces of the UV rasterisation"},
    KnownFile{file::texture_mean, FilePart::core, "mean texture"},
    KnownFile{file::texture_base, FilePart::core, "texture basis"},
    KnownFile{file::similarity, FilePart::alignment, "standard landmarks"},
    KnownFile{file::retinaface, FilePart::front, "face detector (RetinaFace)"},
    KnownFile{file::landmarks_106, FilePart::front, "106 landmarks"},
    KnownFile{file::bbregressor, FilePart::front, "crop regressor"},
    KnownFile{file::s3fd, FilePart::front, "face detector (S3FD)"},
    KnownFile{file::fan_state_dict, FilePart::front_fan, "68 landmarks (FAN, state dict)"},
    KnownFile{file::fan_torchscript, FilePart::front_fan, "68 landmarks (FAN, TorchScript)"},
    KnownFile{file::segmentation, FilePart::segmentation, "face mask"},
};

std::string hex(std::uint64_t value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (int shift = 28; shift >= 0; shift -= 4) {
        out += digits[(value >> shift) & 15u];
    }
    return out;
}

std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

ModelDirectory::ModelDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::error_code error;
    if (!std::filesystem::is_directory(directory_, error)) {
        throw ModelError(directory_.string() + ": is not a directory; a model directory is needed here");
    }
    std::string facts;
    for (const auto& known : kKnown) {
        ModelFile entry{std::string(known.name), known.part, std::string(known.purpose)};
        const auto path = directory_ / known.name;
        entry.present = std::filesystem::is_regular_file(path, error);
        if (entry.present) {
            entry.bytes = std::filesystem::file_size(path, error);
            facts += entry.name + " " + std::to_string(entry.bytes) + "\n";
        }
        files_.push_back(std::move(entry));
    }
    read_description();
    facts += read_text(directory_ / description_name);
    id_ = "hrn-" + profile_ + "-" + (seed_ ? std::to_string(*seed_) + "-" : "") + hex(fnv1a64(facts));
}

void ModelDirectory::read_description() {
    const auto path = directory_ / description_name;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
        return;
    }
    const auto description = nlohmann::json::parse(read_text(path), nullptr, false);
    try {
        if (!description.is_object()) {
            throw ModelError("it is not a JSON object");
        }
        if (description.at("format") != description_format) {
            throw ModelError("its format is not " + std::string(description_format));
        }
        if (!description.at("complete").get<bool>()) {
            throw ModelError("its synthesis was interrupted; run hrn-model synthesise again");
        }
        profile_ = description.at("profile").get<std::string>();
        if (profile_ != "test" && profile_ != "demo") {
            throw ModelError("its profile is neither \"test\" nor \"demo\"");
        }
        seed_ = description.at("seed").get<std::uint64_t>();
        landmarks_wanted_ = description.value("coefficients", "network") == "landmarks";
        dlib_wanted_ = description.value("front_end", "auto") == "dlib";
    } catch (const std::exception& problem) {
        throw ModelError(path.string() + ": is not what hrn-model synthesise writes: " + problem.what());
    }
}

const ModelFile* ModelDirectory::entry(std::string_view name) const {
    const auto found =
        std::find_if(files_.begin(), files_.end(), [&](const ModelFile& f) { return f.name == name; });
    return found == files_.end() ? nullptr : &*found;
}

bool ModelDirectory::has(std::string_view name) const {
    const auto* known = entry(name);
    return known != nullptr && known->present;
}

std::filesystem::path ModelDirectory::require(std::string_view name) const {
    if (!has(name)) {
        const auto* known = entry(name);
        throw ModelError((directory_ / name).string() + ": is missing" +
                         (known == nullptr ? "" : " (" + known->purpose + ")"));
    }
    return directory_ / name;
}

bool ModelDirectory::core_complete() const {
    return std::all_of(files_.begin(), files_.end(), [](const ModelFile& f) {
        return f.present || (f.part != FilePart::core && f.part != FilePart::alignment);
    });
}

bool ModelDirectory::official_front_complete() const {
    const bool rest = std::all_of(files_.begin(), files_.end(), [](const ModelFile& f) {
        return f.present || (f.part != FilePart::front && f.part != FilePart::alignment);
    });
    return rest && fan_file().has_value();
}

bool ModelDirectory::auto_uses_official_front() const {
    return official_front_complete() && !dlib_wanted_;
}

std::optional<std::string_view> ModelDirectory::fan_file() const {
    for (const auto name : {file::fan_state_dict, file::fan_torchscript}) {
        if (has(name)) {
            return name;
        }
    }
    return std::nullopt;
}

bool ModelDirectory::coefficients_from_landmarks() const {
    return landmarks_wanted_ || !has(file::networks) ||
           !read_torch_file(require(file::networks)).has_prefix("net_recon.");
}

}  // namespace hrn::model
