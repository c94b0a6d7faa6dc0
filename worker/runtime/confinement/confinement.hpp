// What a worker gives up, and when (design.md 7; docs/design/confinement.md). In two steps, because each has
// its only right moment:
//
// 1. confine_files(): on the main thread, before any other thread and before the model is read. Landlock is a
//    thread's and is inherited; so every thread of ours, of LibTorch and of CUDA has it from birth. Threads
//    that a library has started before main() (OpenBLAS does) would not: then the program executes itself
//    once more, under the restriction, and they are born again with it.
// 2. confine_calls(): when the model is loaded and warm, before `ready` and so before the first image.
// seccomp can
//    be given to all threads at once (TSYNC), and loading needs calls that working does not.
//
// What the kernel lacks is one warning each, and the worker goes on: it is a second line of defence behind
// the service's unit.
#pragma once

#include <span>

#include "worker/runtime/confinement/landlock.hpp"

namespace hrn::runtime {

// `argv` as main() got it, ended by a null pointer. Returns in the restricted process. Throws
// std::system_error.
void confine_files(std::span<const FileRight> rights, char* const* argv);
// Any thread; all others follow. Throws std::system_error.
void confine_calls();

}  // namespace hrn::runtime
