#include "worker/hrn/core/golden_table.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "worker/hrn/core/golden_quantities.hpp"
#include "worker/hrn/core/golden_values.hpp"
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

Points sum(const Points& a, const Points& b) {
    Points out(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        out[i] = a[i] + b[i];
    }
    return out;
}

// The light of the rotated, smooth normals of a shape (only to look at).
Map smooth_lit(Quantities& q, const Map& albedo, const Points& normals_rotated) {
    Operations& on = q.operations();
    return on.lit(albedo, on.to_uv(normals_rotated), q.coefficients());
}

Map base_colours(Quantities& q) {
    const Pose pose = q.pose();
    return smooth_lit(q, q.map("albedo_map"), q.operations().shape_normals(q.points("base_shape"), &pose));
}

Map base_render(Quantities& q) {
    Operations& on = q.operations();
    return on.render(on.view(q.points("base_vertex_camera")), q.map("base_color_map"));
}

Map landmarks_of(Quantities& q, const std::string& camera) {
    Map out(static_cast<int>(landmark_count), 1, 2);
    out.values = q.operations().landmarks(q.points(camera));
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
    const ByteImage image = q.image("input_image_224");
    const std::vector<Map> crop = {from_bytes(image.bytes, image.side, image.side, image.channels)};
    const Coefficients found = q.networks().coefficients(crop).front();
    Map out(1, 1, static_cast<int>(coefficient_count));
    out.values.assign(found.begin(), found.end());
    return out;
}

Map blend_layer(Quantities& q) {
    const std::vector<Map> input = {q.operations().unet_input(q.map("texture_map"))};
    return one(q.networks().blend_layers(input));
}

Map mid_output(Quantities& q) {
    const std::vector<Map> input = {q.map("mid_input")};
    return one(q.networks().deformations(input));
}

Map high_output(Quantities& q) {
    const std::vector<Map> input = {q.map("high_input")};
    return one(q.networks().displacements(input));
}

Map sampled(Quantities& q, const std::string& camera, const std::string& image) {
    return q.operations().sample(q.points(camera), q.image(image));
}

Map detail_map(Quantities& q) {
    Operations& on = q.operations();
    const Map positions = on.to_uv(on.posed(q.points("mid_shape"), q.pose()).world);
    const Map normals = on.to_uv(q.points("mid_normals_rotated"));
    return on.detail_normals(positions, normals, q.map("displacement_map"));
}

Map mid_normals(Quantities& q) {
    const Pose pose = q.pose();
    return to_map(q.operations().shape_normals(q.points("mid_shape"), &pose));
}

Map offsets(Quantities& q) {
    return to_map(q.operations().deformed(Points(q.model().vertex_count()), q.map("deformation_map")));
}

Map render_mask(Quantities& q) {
    const std::vector<std::uint8_t> mask = q.final_view().raster.mask();
    Map out(crop_size, crop_size, 1);
    out.values.assign(mask.begin(), mask.end());
    return out;
}

Map seen(Quantities& q, const std::string& texture) {
    return q.operations().render(q.final_view(), q.map(texture));
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
    t["base_shape"] = {rows, vertices,
                       [](Quantities& q) { return to_map(q.operations().shape(q.coefficients())); }};
    t["base_vertex_camera"] = {
        rows, vertices,
        [](Quantities& q) { return to_map(q.operations().posed(q.points("base_shape"), q.pose()).camera); }};
    t["base_vertices_world"] = {rows, vertices, [](Quantities& q) {
                                    return to_map(q.operations().flipped(q.points("base_vertex_camera")));
                                }};
    t["base_landmarks"] = {rows, landmarks,
                           [](Quantities& q) { return landmarks_of(q, "base_vertex_camera"); }};
    t["base_normals"] = {rows, vertices, [](Quantities& q) {
                             return to_map(q.operations().shape_normals(q.points("base_shape"), nullptr));
                         }};
    t["position_map"] = {planar, uv_3,
                         [](Quantities& q) { return q.operations().to_uv(q.points("base_shape")); }};
    t["texture_map"] = {interleaved, uv_3,
                        [](Quantities& q) { return sampled(q, "base_vertex_camera", "input_image_512"); }};
    t["valid_mask"] = {planar, uv_1,
                       [](Quantities& q) { return sampled(q, "base_vertex_camera", "input_face_mask_224"); }};
    t["albedo_map"] = {planar, uv_3, [](Quantities& q) { return q.operations().albedo(q.coefficients()); }};
    t["base_color_map"] = {planar, uv_3, base_colours};
    t["base_render_face"] = {planar, view_3, base_render};
    t["blend_layer_512"] = {planar, {2 * uv_size, 2 * uv_size, 3}, blend_layer};
    t["de_retouched_albedo_map"] = {planar, uv_3, [](Quantities& q) {
                                        return q.operations().de_retouched(q.map("texture_map"),
                                                                           q.map("blend_layer_512"),
                                                                           q.map("albedo_map"));
                                    }};
    t["smoothed_mask"] = {planar, uv_1,
                          [](Quantities& q) { return q.operations().smoothed_mask(q.map("valid_mask")); }};
    t["mid_input"] = {planar, {deformation_size, deformation_size, 6}, [](Quantities& q) {
                          return q.operations().mid_input(q.map("position_map"), q.map("texture_map"));
                      }};
    t["mid_output"] = {planar, small_3, mid_output};
    t["deformation_map"] = {planar, small_3, [](Quantities& q) {
                                return q.operations().deformation(q.map("mid_output"), q.networks().alpha(),
                                                                  q.map("smoothed_mask"));
                            }};
    t["shape_offset"] = {rows, vertices, offsets};
    t["mid_shape"] = {rows, vertices, [](Quantities& q) {
                          return to_map(sum(q.points("base_shape"), q.points("shape_offset")));
                      }};
    t["pred_vertex_camera"] = {
        rows, vertices,
        [](Quantities& q) { return to_map(q.operations().posed(q.points("mid_shape"), q.pose()).camera); }};
    t["mid_landmarks"] = {rows, landmarks,
                          [](Quantities& q) { return landmarks_of(q, "pred_vertex_camera"); }};
    t["mid_normals_rotated"] = {rows, vertices, mid_normals};
    t["mid_color_map"] = {planar, uv_3, [](Quantities& q) {
                              return smooth_lit(q, q.map("de_retouched_albedo_map"),
                                                q.points("mid_normals_rotated"));
                          }};
    t["texture_map_realigned"] = {
        interleaved, uv_3, [](Quantities& q) { return sampled(q, "pred_vertex_camera", "input_image_512"); }};
    t["high_input"] = {planar, {uv_size, uv_size, 9}, [](Quantities& q) {
                           return q.operations().high_input(q.map("position_map"),
                                                            q.map("texture_map_realigned"),
                                                            q.map("deformation_map"));
                       }};
    t["high_output"] = {planar, uv_1, high_output};
    t["displacement_map"] = {planar, uv_1, [](Quantities& q) {
                                 return q.operations().displacement(q.map("high_output"), q.networks().beta(),
                                                                    q.map("smoothed_mask"));
                             }};
    t["detail_normals"] = {planar, uv_3, detail_map};
    t["high_color_map"] = {planar, uv_3, [](Quantities& q) {
                               return q.operations().lit(q.map("de_retouched_albedo_map"),
                                                         q.map("detail_normals"), q.coefficients());
                           }};
    t["render_mask"] = {planar, {crop_size, crop_size, 1}, render_mask};
    t["render_face_high"] = {planar, view_3, [](Quantities& q) { return seen(q, "high_color_map"); }};
    t["fit_color_loss"] = of_fit("fit_color_loss", list, {fit_steps, 1, 1});
    t["texture_final"] = of_fit("texture_final", planar, uv_3);
    for (const char* name :
         {"texture_offset_after_1", "texture_offset_after_10", "texture_offset_after_100"}) {
        t[name] = of_fit(name, planar, uv_3);
    }
    t["render_face_final"] = {planar, view_3, [](Quantities& q) { return seen(q, "texture_final"); }};
    t["mesh_vertices"] = {bare_rows, vertices, [](Quantities& q) {
                              return to_map(q.operations().flipped(q.points("pred_vertex_camera")));
                          }};
    t["mesh_normals"] = {bare_rows, vertices, [](Quantities& q) {
                             return to_map(q.operations().mesh_normals(q.points("mesh_vertices")));
                         }};
    return t;
}

}  // namespace

const std::map<std::string, GoldenRow>& golden_table() {
    static const std::map<std::string, GoldenRow> rows = make_table();
    return rows;
}

}  // namespace hrn::core
