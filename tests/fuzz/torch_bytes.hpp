// What the fuzz target and the mutation test do with bytes that claim to be a torch.save file.
#pragma once

#include <cstddef>
#include <span>

namespace hrn::model {

// Reads them as a model file and touches the numbers of every tensor. True if they were accepted, false if
// they were refused with a ModelError; anything else that happens is a bug.
bool read_hostile_torch_bytes(std::span<const std::byte> bytes);

}  // namespace hrn::model
