// Everything that a result directory gets for one face, but result.json: one call for the worker's write
// threads.
//
// Never touches the file system: the caller writes, fsyncs and hashes. MeshTemplate is made once per model
// and then only read, so that any number of threads may call build_outputs() at once; scratch memory is per
// thread.
//
// Diagnostics: OutputError (mesh_view.hpp) when the reconstruction is not usable or a picture cannot be
// encoded: this face fails. std::invalid_argument: the caller's fault.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/hrn/output/obj_writer.hpp"
#include "worker/hrn/output/topology.hpp"
#include "worker/hrn/types.hpp"

namespace hrn::output {

enum class TextureFormat : std::uint8_t { jpg, png };

inline constexpr int fitted_texture_size = 256;  // what the fit makes (core.md 10)
inline constexpr int max_texture_size = 2048;

struct OutputOptions {
    bool obj = true;  // mesh.obj and mesh.mtl
    bool glb = false;
    bool ply = false;
    TextureFormat texture = TextureFormat::jpg;
    // 256: the fitted texture as it is. 257..2048: sampled from the photo where that shows the face
    // (photo_texture.hpp).
    int texture_size = fitted_texture_size;
    bool detail = false;   // mesh_detail.obj and mesh_detail.glb
    bool preview = false;  // preview.jpg
};

// The photo, and the image in whose pixels the AlignedFace is written: the photo itself, or a smaller copy of
// it (front.md 1 shrinks photos over 2000 px). 0: the photo itself.
struct PhotoOfFace {
    const Photo* photo = nullptr;  // may stay null while texture_size is 256
    int frame_width = 0;
    int frame_height = 0;
};

struct OutputFile {
    std::string name;  // without a folder
    std::string bytes;
};
using OutputSet = std::vector<OutputFile>;

// The topology and the text that depends on it alone.
struct MeshTemplate {
    explicit MeshTemplate(Topology model_topology);

    Topology topology;
    ObjTemplate obj;
};

// Files in this order, as configured: texture, mesh.obj, mesh.mtl, mesh.glb, mesh.ply, mesh_detail.obj,
// mesh_detail.glb, preview.jpg. The texture is always there.
OutputSet build_outputs(const Reconstruction& face, const AlignedFace& aligned, const PhotoOfFace& photo,
                        const MeshTemplate& model, const OutputOptions& options);

}  // namespace hrn::output
