#include "worker/hrn/core/golden_table.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "worker/hrn/core/de_retouch.hpp"
#include "worker/hrn/core/deformation.hpp"
#include "worker/hrn/core/golden_quantities.hpp"
#include "worker/hrn/core/golden_values.hpp"
#include "worker/hrn/core/grid_normals.hpp"
#include "worker/hrn/core/lighting.hpp"
#include "worker/hrn/core/network_inputs.hpp"
#include "worker/hrn/core/resize.hpp"
#include "worker/hrn/core/texture_fit.hpp"
#include "worker/hrn/core/texture_sample.hpp"

namespace hrn::core {
namespace {

using Quantities = GoldenQuantities;

using Row = GoldenRow;

// Sizes of the arrays; 0 stands for the number of vertices.
constexpr GoldenExtent vertices = {0, 1, 3};
constexpr GoldenExtent landmarks = {68, 1, 2};
constexpr GoldenExtent uv_3 = {uv_size, uv_size, 3};
constexpr GoldenExtent uv_1 = {uv_size, uv_size, 1};
constexpr GoldenExtent small_3 = {deformation_size, deformation_size, 3};
constexpr GoldenExtent view_3 = {crop_size, crop_size, 3};

Map one(std::vector<Map> maps) {
    return std::move(maps.front());
}

std::vector<Vec3> base_normals(Quantities& q) {
    const std::vector<Vec3> shape = q.points("base_shape");
    std::vector<Vec3> normals(shape.size());
    shape_normals(shape, q.model().faces, q.model().vertex_faces, normals, q.team());
    return normals;
}

std::vector<Vec3> offsets(Quantities& q) {
    std::vector<Vec3> out(q.model().vertex_count());
    shape_offset(q.map("deformation_map"), q.model().offset_taps, out, q.team());
    return out;
}

std::vector<Vec3> sum(const std::vector<Vec3>& a, const std::vector<Vec3>& b) {
    std::vector<Vec3> out(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        out[i] = a[i] + b[i];
    }
    return out;
}

// The light of the rotated, smooth normals of a shape (only to look at).
Map smooth_lit(Quantities& q, const Map& albedo, const std::vector<Vec3>& normals_rotated) {
    return lit(albedo, q.to_uv_map(normals_rotated), gamma_part(q.coefficients()));
}

Map base_colours(Quantities& q) {
    std::vector<Vec3> normals = q.points("base_normals");
    rotate_all(normals, q.pose().rotation, normals, q.team());
    return smooth_lit(q, q.map("albedo_map"), normals);
}

Map base_render(Quantities& q) {
    const View seen = view(q.model(), q.points("base_vertex_camera"), q.team());
    return render(seen.pixels, q.map("base_color_map"));
}

Map landmarks_of(Quantities& q, const std::string& camera) {
    Map out(static_cast<int>(landmark_count), 1, 2);
    out.values = projected_landmarks(q.model(), q.points(camera));
    return out;
}

Map rotation_map(Quantities& q) {
    Map out(3, 1, 3);
    const Pose pose = q.pose();
    out.values.assign(pose.rotation.m.begin(), pose.rotation.m.end());
    return out;
}

Map coefficient_map(Quantities& q) {
    if (!q.networks().has_coefficients()) {
        throw std::invalid_argument("coeffs: this model has no coefficient network");
    }
    const std::vector<Map> crop = {q.image("input_image_224")};
    const Coefficients found = q.networks().coefficients(crop).front();
    Map out(1, 1, static_cast<int>(coefficient_count));
    out.values.assign(found.begin(), found.end());
    return out;
}

Map blend_layer(Quantities& q) {
    const std::vector<Map> input = {unet_input(q.map("texture_map"), q.team())};
    return one(q.networks().blend_layers(input));
}

Map de_retouched(Quantities& q) {
    const Map small = resize_bilinear(q.map("blend_layer_512"), uv_size, uv_size, q.team());
    return de_retouched_albedo(q.map("texture_map"), small, q.map("albedo_map"));
}

Map mid_output(Quantities& q) {
    const std::vector<Map> input = {q.map("mid_input")};
    return one(q.networks().deformations(input));
}

Map deformation(Quantities& q) {
    const Map small = resize_bilinear(q.map("smoothed_mask"), deformation_size, deformation_size, q.team());
    return deformation_map(q.map("mid_output"), q.networks().alpha(), small);
}

Map high_output(Quantities& q) {
    const std::vector<Map> input = {q.map("high_input")};
    return one(q.networks().displacements(input));
}

Map detail_map(Quantities& q) {
    const PosedShape shape = posed(q.points("mid_shape"), q.pose(), q.team());
    return detail(q.model(), shape, q.points("mid_normals_rotated"), q.map("displacement_map"), q.team())
        .detailed;
}

std::vector<Vec3> final_normals(Quantities& q) {
    const std::vector<Vec3> vertices = q.points("mesh_vertices");
    std::vector<Vec3> normals(vertices.size());
    mesh_normals(vertices, q.model().faces, q.model().corners, normals, q.team());
    return normals;
}

Map render_mask(Quantities& q) {
    const std::vector<std::uint8_t> mask = q.final_view().raster.mask();
    Map out(crop_size, crop_size, 1);
    out.values.assign(mask.begin(), mask.end());
    return out;
}

// A quantity that run_fit() leaves behind.
Row of_fit(const std::string& name, GoldenLayout layout, GoldenExtent extent) {
    return {layout, extent, [name](Quantities& q) {
                q.run_fit();
                return q.map(name);
            }};
}

std::map<std::string, Row> make_table() {
    using enum GoldenLayout;
    std::map<std::string, Row> t;
    t["coeffs"] = {rows, {1, 1, 257}, coefficient_map};
    t["rotation"] = {rows, {3, 1, 3}, rotation_map};
    t["base_shape"] = {rows, vertices, [](Quantities& q) {
                           return to_map(face_shape(q.model(), shape_part(q.coefficients()), q.team()));
                       }};
    t["base_vertex_camera"] = {rows, vertices, [](Quantities& q) {
                                   return to_map(posed(q.points("base_shape"), q.pose(), q.team()).camera);
                               }};
    t["base_vertices_world"] = {rows, vertices, [](Quantities& q) {
                                    return to_map(output_vertices(q.points("base_vertex_camera"), q.team()));
                                }};
    t["base_landmarks"] = {rows, landmarks,
                           [](Quantities& q) { return landmarks_of(q, "base_vertex_camera"); }};
    t["base_normals"] = {rows, vertices, [](Quantities& q) { return to_map(base_normals(q)); }};
    t["position_map"] = {planar, uv_3, [](Quantities& q) { return q.to_uv_map(q.points("base_shape")); }};
    t["texture_map"] = {interleaved, uv_3, [](Quantities& q) {
                            return sample_into_uv(q.model().uv_raster, q.points("base_vertex_camera"),
                                                  q.image("input_image_512"), q.team());
                        }};
    t["valid_mask"] = {planar, uv_1, [](Quantities& q) {
                           return sample_into_uv(q.model().uv_raster, q.points("base_vertex_camera"),
                                                 q.image("input_face_mask_224"), q.team());
                       }};
    t["albedo_map"] = {planar, uv_3, [](Quantities& q) {
                           return albedo_map(q.model().albedo, texture_part(q.coefficients()), q.team());
                       }};
    t["base_color_map"] = {planar, uv_3, base_colours};
    t["base_render_face"] = {planar, view_3, base_render};
    t["blend_layer_512"] = {planar, {2 * uv_size, 2 * uv_size, 3}, blend_layer};
    t["de_retouched_albedo_map"] = {planar, uv_3, de_retouched};
    t["smoothed_mask"] = {planar, uv_1,
                          [](Quantities& q) { return smoothed_mask(q.map("valid_mask"), q.team()); }};
    t["mid_input"] = {planar, {deformation_size, deformation_size, 6}, [](Quantities& q) {
                          return mid_input(q.map("position_map"), q.map("texture_map"), q.team());
                      }};
    t["mid_output"] = {planar, small_3, mid_output};
    t["deformation_map"] = {planar, small_3, deformation};
    t["shape_offset"] = {rows, vertices, [](Quantities& q) { return to_map(offsets(q)); }};
    t["mid_shape"] = {rows, vertices, [](Quantities& q) {
                          return to_map(sum(q.points("base_shape"), q.points("shape_offset")));
                      }};
    t["pred_vertex_camera"] = {rows, vertices, [](Quantities& q) {
                                   return to_map(posed(q.points("mid_shape"), q.pose(), q.team()).camera);
                               }};
    t["mid_landmarks"] = {rows, landmarks,
                          [](Quantities& q) { return landmarks_of(q, "pred_vertex_camera"); }};
    t["mid_normals_rotated"] = {
        rows, vertices, [](Quantities& q) {
            return to_map(rotated_normals(q.model(), q.points("mid_shape"), q.pose(), q.team()));
        }};
    t["mid_color_map"] = {planar, uv_3, [](Quantities& q) {
                              return smooth_lit(q, q.map("de_retouched_albedo_map"),
                                                q.points("mid_normals_rotated"));
                          }};
    t["texture_map_realigned"] = {interleaved, uv_3, [](Quantities& q) {
                                      return sample_into_uv(q.model().uv_raster,
                                                            q.points("pred_vertex_camera"),
                                                            q.image("input_image_512"), q.team());
                                  }};
    t["high_input"] = {planar, {uv_size, uv_size, 9}, [](Quantities& q) {
                           return high_input(q.map("position_map"), q.map("texture_map_realigned"),
                                             q.map("deformation_map"), q.team());
                       }};
    t["high_output"] = {planar, uv_1, high_output};
    t["displacement_map"] = {planar, uv_1, [](Quantities& q) {
                                 return displacement_map(q.map("high_output"), q.networks().beta(),
                                                         q.map("smoothed_mask"));
                             }};
    t["detail_normals"] = {planar, uv_3, detail_map};
    t["high_color_map"] = {planar, uv_3, [](Quantities& q) {
                               return lit(q.map("de_retouched_albedo_map"), q.map("detail_normals"),
                                          gamma_part(q.coefficients()));
                           }};
    t["render_mask"] = {planar, {crop_size, crop_size, 1}, render_mask};
    t["render_face_high"] = {planar, view_3, [](Quantities& q) { return q.seen(q.map("high_color_map")); }};
    t["fit_color_loss"] = of_fit("fit_color_loss", list, {fit_steps, 1, 1});
    t["texture_final"] = of_fit("texture_final", planar, uv_3);
    for (const char* name :
         {"texture_offset_after_1", "texture_offset_after_10", "texture_offset_after_100"}) {
        t[name] = of_fit(name, planar, uv_3);
    }
    t["render_face_final"] = {planar, view_3, [](Quantities& q) { return q.seen(q.map("texture_final")); }};
    t["mesh_vertices"] = {bare_rows, vertices, [](Quantities& q) {
                              return to_map(output_vertices(q.points("pred_vertex_camera"), q.team()));
                          }};
    t["mesh_normals"] = {bare_rows, vertices, [](Quantities& q) { return to_map(final_normals(q)); }};
    return t;
}

}  // namespace

const std::map<std::string, GoldenRow>& golden_table() {
    static const std::map<std::string, GoldenRow> rows = make_table();
    return rows;
}

}  // namespace hrn::core
