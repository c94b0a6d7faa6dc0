// precision = "auto" (design.md 9): the fastest precision whose results keep the bounds that the official
// code keeps to itself (core.md 14), found by computing the same faces in fp32 and in each candidate.
//
// Policy only: who computes and who times is passed in. Pure functions but for those calls.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "worker/hrn/types.hpp"

namespace hrn::runtime {

// How far results lie from those in fp32.
struct Deviation {
    double mesh_mean = 0;  // decimetres
    double mesh_max = 0;
    double texture_mean = 0;  // 1 = white
};

// Of all faces together; sizes that differ, or numbers that are not finite, are infinitely far.
[[nodiscard]] Deviation deviation(std::span<const Reconstruction> reference,
                                  std::span<const Reconstruction> got);
// 1.5e-4 dm and 2e-3 dm for the mesh, 1.5e-3 for the texture.
[[nodiscard]] bool within_bounds(const Deviation& deviation);
// "mesh 9e-05 dm in the mean, 1e-03 at most; texture 1e-03"
[[nodiscard]] std::string deviation_text(const Deviation& deviation);

// The candidates from the fastest to the slowest, fp32 last. tflops: measured for "fp16", "bf16", "tf32",
// "fp32"; of two that are equal within a tenth, the one with more bits of mantissa comes first.
struct MatrixRate {
    std::string precision;
    double tflops = 0;
};
[[nodiscard]] std::vector<std::string> by_speed(std::vector<MatrixRate> rates);

// The faces of the self-check in a precision; nothing if one of them could not be reconstructed.
using Reconstruct = std::function<std::optional<std::vector<Reconstruction>>(const std::string& precision)>;
using Report = std::function<void(const std::string& line)>;

// The first of `candidates` within the bounds; "fp32" if none is, or if fp32 itself gives no faces.
[[nodiscard]] std::string fastest_within_bounds(const std::vector<std::string>& candidates,
                                                const Reconstruct& reconstruct, const Report& report);

}  // namespace hrn::runtime
