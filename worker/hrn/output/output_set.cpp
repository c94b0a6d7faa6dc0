#include "worker/hrn/output/output_set.hpp"

#include <stdexcept>
#include <utility>

#include "worker/hrn/output/detail_mesh.hpp"
#include "worker/hrn/output/glb_writer.hpp"
#include "worker/hrn/output/image_codec.hpp"
#include "worker/hrn/output/photo_texture.hpp"
#include "worker/hrn/output/ply_writer.hpp"
#include "worker/hrn/output/preview.hpp"

namespace hrn::output {

namespace {

constexpr int preview_jpeg_quality = 90;

Picture make_texture(const Reconstruction& face, const AlignedFace& aligned, const PhotoOfFace& photo,
                     const Topology& topology, int size) {
    if (size < fitted_texture_size || size > max_texture_size) {
        throw std::invalid_argument("output.texture_size " + std::to_string(size) +
                                    " is not within 256..2048");
    }
    return size == fitted_texture_size ? quantise(face.texture, size)
                                       : texture_from_photo(face, aligned, photo, topology, size);
}

}  // namespace

MeshTemplate::MeshTemplate(Topology model_topology)
    : topology(std::move(model_topology)), obj(topology.uvs, topology.faces) {
    topology.areas = areas_in_texture(topology);
}

OutputSet build_outputs(const Reconstruction& face, const AlignedFace& aligned, const PhotoOfFace& photo,
                        const MeshTemplate& model, const OutputOptions& options) {
    const MeshView mesh{face.vertices, face.normals, model.topology.uvs, model.topology.faces};
    check_mesh(mesh);
    const Picture texture = make_texture(face, aligned, photo, model.topology, options.texture_size);
    const std::string texture_name = texture_file_name(options.texture);
    const char* mime_type = texture_mime_type(options.texture);

    OutputSet files;
    const auto add = [&files](std::string name) -> std::string& {
        return files.emplace_back(OutputFile{std::move(name), {}}).bytes;
    };
    const std::string texture_bytes = encode_texture(texture, options.texture);
    add(texture_name) = texture_bytes;
    if (options.obj) {
        model.obj.append(add("mesh.obj"), face.vertices, face.normals);
    }
    if (options.obj || options.detail) {
        add(std::string(material_library_name)) = material_library(texture_name);
    }
    if (options.glb) {
        append_glb(add("mesh.glb"), mesh, texture_bytes, mime_type);
    }
    if (options.ply) {
        append_ply(add("mesh.ply"), mesh, texture_name);
    }
    if (options.detail) {
        const DetailMesh detail = make_detail_mesh(face.dense_positions);
        append_obj(add("mesh_detail.obj"), detail.view());
        append_glb(add("mesh_detail.glb"), detail.view(), texture_bytes, mime_type);
    }
    if (options.preview) {
        add("preview.jpg") = encode_jpeg(make_preview(mesh, aligned, texture), preview_jpeg_quality);
    }
    return files;
}

}  // namespace hrn::output
