#include "worker/model/fit_check.hpp"

#include <functional>
#include <utility>

#include "worker/model/core_tables.hpp"
#include "worker/model/front_tables.hpp"
#include "worker/model/mat_file.hpp"
#include "worker/model/npy_file.hpp"
#include "worker/model/obj_file.hpp"
#include "worker/model/require_array.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::model {
namespace {

constexpr std::int64_t kTexels = 512 * 512 * 3;

bool is_buffer(std::string_view name) {
    return name.ends_with(".running_mean") || name.ends_with(".running_var") ||
           name.ends_with(".num_batches_tracked");
}

void check_network(const TensorFile& file, const std::string& prefix, const TensorTable& table,
                   FitResult& result) {
    for (const auto& row : table) {
        if (row.fill == Fill::counter) {
            continue;  // inference does not need it and old files lack it
        }
        const auto& array = file.require(prefix + row.name, row.shape);
        result.parameters += is_buffer(row.name) ? 0 : array.count();
        result.bytes += array.count() * 4;
    }
}

void check_indices(const std::vector<std::int64_t>& indices, std::int64_t first, std::int64_t last,
                   const std::string& what) {
    for (const auto index : indices) {
        if (index < first || index > last) {
            throw ModelError(what + " has index " + std::to_string(index) + ", outside " +
                             std::to_string(first) + " to " + std::to_string(last));
        }
    }
}

class Checker {
public:
    explicit Checker(const ModelDirectory& directory) : directory_(directory) {}

    std::vector<FitResult> run() {
        core();
        front();
        return std::move(results_);
    }

private:
    // Runs `check` if the file is there; its ModelError becomes the row's problem.
    void row(std::string_view file, std::string what, const std::function<void(FitResult&)>& check,
             bool needed = true) {
        FitResult result;
        result.file = file;
        result.what = std::move(what);
        result.present = directory_.has(file);
        result.needed = needed;
        try {
            check(result);
            result.fits = true;
        } catch (const ModelError& error) {
            result.problem = error.what();
        }
        results_.push_back(std::move(result));
    }

    void core() {
        for (const auto& network : core_networks()) {
            row(network.file, network.name, [&](FitResult& result) {
                check_network(read_torch_file(directory_.require(network.file)), network.name + ".",
                              network.tensors, result);
            });
        }
        row(file::networks, "alpha, beta", [&](FitResult&) {
            const auto tensors = read_torch_file(directory_.require(file::networks));
            static_cast<void>(tensors.require("alpha", {1}));
            static_cast<void>(tensors.require("beta", {1}));
        });
        row(file::bfm, "3D face model", [&](FitResult&) { face_model(); });
        row(file::uvs, "texture coordinates", [&](FitResult&) {
            const auto path = directory_.require(file::uvs);
            const auto uvs = read_npy(path);
            require_shape(path, uvs, {vertices_ > 0 ? vertices_ : -1, 2});
        });
        row(file::uv_template, "faces of the UV rasterisation", [&](FitResult&) { uv_template(); });
        row(file::texture_mean, "mean texture", [&](FitResult&) { texture(file::texture_mean, kTexels); });
        row(file::texture_base, "texture basis",
            [&](FitResult&) { texture(file::texture_base, kTexels * 80); });
        row(file::similarity, "standard landmarks", [&](FitResult&) {
            static_cast<void>(read_mat(directory_.require(file::similarity), {"lm"}).require("lm", {68, 3}));
        });
    }

    void face_model() {
        const auto path = directory_.require(file::bfm);
        const auto mat = read_mat(path, {"meanshape", "idBase", "exBase", "tri", "point_buf", "keypoints"});
        const std::int64_t n = mat.require("meanshape", {1, -1}).count() / 3;
        static_cast<void>(mat.require("meanshape", {1, 3 * n}));
        static_cast<void>(mat.require("idBase", {3 * n, 80}));
        static_cast<void>(mat.require("exBase", {3 * n, 64}));
        const auto& tri = mat.require("tri", {-1, 3});
        const auto name = path.string() + ": ";
        check_indices(tri.to_integers(), 1, n, name + "tri");
        // The number of faces plus 1 is padding.
        check_indices(mat.require("point_buf", {n, 8}).to_integers(), 1, tri.shape[0] + 1,
                      name + "point_buf");
        check_indices(mat.require("keypoints", {1, 68}).to_integers(), 1, n, name + "keypoints");
        vertices_ = n;
    }

    void uv_template() {
        const auto path = directory_.require(file::uv_template);
        std::vector<std::int64_t> corners;
        for (const auto& face : read_obj_faces(path)) {
            corners.insert(corners.end(), face.begin(), face.end());
        }
        if (vertices_ > 0) {
            check_indices(corners, 0, vertices_ - 1, path.string() + ": a face");
        }
    }

    void texture(std::string_view name, std::int64_t count) const {
        const auto path = directory_.require(name);
        const auto array = read_npy(path);
        if (array.count() != count) {
            throw ModelError(path.string() + ": has shape " + shape_text(array.shape) + ", expected " +
                             std::to_string(count) + " numbers");
        }
    }

    static void require_shape(const std::filesystem::path& path, const Array& array,
                              const std::vector<std::int64_t>& expected) {
        static_cast<void>(require_array(path, "the array", &array, expected));
    }

    void front() {
        for (const auto& network : front_networks()) {
            const bool fan = network.file == file::fan_state_dict;
            const bool other_form =
                fan && !directory_.has(file::fan_state_dict) && directory_.has(file::fan_torchscript);
            row(
                network.file, front_name(network.file),
                [&](FitResult& result) {
                    const auto tensors = read_torch_file(directory_.require(network.file));
                    // A checkpoint of a model trained on several GPUs has "module." in its keys.
                    const auto module = network.prefix + "module.";
                    check_network(tensors, tensors.has_prefix(module) ? module : network.prefix,
                                  network.tensors, result);
                },
                !other_form);
        }
        row(
            file::fan_torchscript, "fan (TorchScript)",
            [&](FitResult&) {
                const auto path = directory_.require(file::fan_torchscript);
                if (!is_torchscript(path)) {
                    throw ModelError(path.string() + ": is not a TorchScript archive");
                }
            },
            !directory_.has(file::fan_state_dict));
        row(file::bbregressor, "crop regressor", [&](FitResult&) {
            const auto mat = read_mat(directory_.require(file::bbregressor), {"W1", "B1", "W2", "B2"});
            for (const auto& matrix : bbregressor_table()) {
                static_cast<void>(mat.require(matrix.name, matrix.shape));
            }
        });
        row(
            file::segmentation, "face mask",
            [&](FitResult&) { static_cast<void>(directory_.require(file::segmentation)); }, false);
    }

    static std::string front_name(std::string_view name) {
        if (name == file::retinaface) {
            return "retinaface";
        }
        if (name == file::landmarks_106) {
            return "landmarks_106";
        }
        return name == file::s3fd ? "s3fd" : "fan";
    }

    const ModelDirectory& directory_;
    std::vector<FitResult> results_;
    std::int64_t vertices_ = 0;  // known once the face model has been read
};

}  // namespace

std::vector<FitResult> check_fit(const ModelDirectory& directory) {
    return Checker(directory).run();
}

}  // namespace hrn::model
