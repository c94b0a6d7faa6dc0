// The files that a result directory may hold: one closed list. A worker reports a size per row, the
// supervisor publishes a directory only if it holds exactly the files reported, each on this list.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hrn {

inline constexpr std::array<std::string_view, 11> kOutputFiles = {
    "result.json", "mesh.obj",        "mesh.mtl",        "texture.jpg",     "texture.png", "mesh.glb",
    "mesh.ply",    "mesh_detail.obj", "mesh_detail.mtl", "mesh_detail.glb", "preview.jpg",
};
inline constexpr int kMaxOutputFiles = 16;  // room in a report
static_assert(kOutputFiles.size() <= kMaxOutputFiles);
inline constexpr std::uint64_t kNoSuchOutput = ~std::uint64_t{0};

// Further faces of a photo ([model] faces = "all") lie in face_2/ … face_99/, with the same file names.
inline constexpr int kMaxFaces = 99;

[[nodiscard]] std::optional<int> output_index(std::string_view name);
// 2..kMaxFaces for "face_2" … "face_99", else nothing.
[[nodiscard]] std::optional<int> further_face_number(std::string_view directory);

}  // namespace hrn
