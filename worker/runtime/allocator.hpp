// How this process's malloc treats large blocks: an image needs some thirty megabytes for a few milliseconds,
// the next one the same. Given back to the system and taken again they cost more time in the kernel than the
// decoder takes.
//
// Called once at the start of a worker (and of the programs that measure its steps), before other threads.
// Cannot fail: a C library that does not know the settings goes on as it is.
#pragma once

namespace hrn::runtime {

// Freed memory stays with the process, in one pool for all threads.
void keep_freed_memory();

}  // namespace hrn::runtime
