// A triangle mesh as every writer here takes it: spans over numbers that somebody else owns.
//
// Lives on the stack for the time of one call. check_mesh() is called by each writer, so that a wrong size,
// an index outside the mesh or a NaN never becomes a file.
//
// Diagnostics: OutputError is a fault of the numbers (a network that answered NaN): the face fails, nothing
// else. std::invalid_argument is a fault of the caller.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>

namespace hrn::output {

class OutputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct MeshView {
    std::span<const float> positions;     // N x 3, world, decimetres
    std::span<const float> normals;       // N x 3, unit
    std::span<const float> uvs;           // N x 2, v up
    std::span<const std::int32_t> faces;  // F x 3, from 0, counter-clockwise seen from outside
};

// Throws std::invalid_argument when sizes do not fit together or an index is outside 0..N-1, OutputError when
// a number is not finite. Takes well under a millisecond for a real mesh.
void check_mesh(const MeshView& mesh);

// Throws std::invalid_argument unless every index of `faces` (F x 3) is in 0..vertex_count-1.
void check_faces(std::span<const std::int32_t> faces, std::size_t vertex_count);

// Throws OutputError naming `what` and the first element that is not finite.
void check_finite(std::span<const float> numbers, const char* what);

}  // namespace hrn::output
