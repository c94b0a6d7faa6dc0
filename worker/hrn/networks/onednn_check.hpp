// Does oneDNN, which computes LibTorch's convolutions on a CPU, work on this processor? Some versions (3.6,
// Debian 13's) divide by zero where a virtual machine says nothing about its caches, and the process is gone.
//
// Called where there is no other thread yet and before oneDNN is used: a child tries it, which takes a tenth
// of a second. Cannot fail: where no child can be made, nothing is found out.
#pragma once

#include <functional>

namespace hrn::networks {

// false: the child that called `attempt` died of a signal.
[[nodiscard]] bool survives_in_a_child(const std::function<void()>& attempt);

// true: it crashes here, and LibTorch goes without it from now on: the same numbers within rounding, more
// slowly.
[[nodiscard]] bool avoid_broken_onednn();

}  // namespace hrn::networks
