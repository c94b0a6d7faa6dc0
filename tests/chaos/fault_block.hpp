// What a test program and the preloaded fault layer share: one page of a memfd, mapped by the test and by
// every process that it starts, so that calls are counted over all processes of a program and faults are
// switched on and off while they run.
//
// The test writes the plan, then stores `armed` (release); the layer reads the plan only after it has seen
// `armed`. A plan is not changed while it is armed. Nothing here outlives the test.
#pragma once

#include <atomic>
#include <cstdint>

namespace hrn::test {

// Which calls are counted; a plan names any of them, or-ed together.
inline constexpr std::uint32_t kChangeCalls = 1;  // write, rename, mkdir, link, unlink, create, truncate …
inline constexpr std::uint32_t kSyncCalls = 2;    // fsync, fdatasync, syncfs
inline constexpr std::uint32_t kReadCalls = 4;    // read and pread of regular files
inline constexpr std::uint32_t kDescriptorCalls = 8;  // whatever makes a descriptor
inline constexpr std::uint32_t kMemoryCalls = 16;     // malloc and its kin, operator new with them
inline constexpr std::uint32_t kWatchCalls = 32;      // inotify_add_watch
inline constexpr std::uint32_t kDurableCalls = kChangeCalls | kSyncCalls;

enum class FaultAction : std::uint32_t { kill_before = 1, kill_after = 2, fail = 3 };

struct FaultBlock {
    std::atomic<std::uint32_t> armed{0};
    std::uint32_t calls = 0;
    FaultAction action = FaultAction::fail;
    std::int32_t error = 0;  // errno of a failing call
    char program[64] = {};   // base name of the executable; empty: any
    char below[256] = {};    // only calls about files below this folder; empty: all, memory calls included
    // The plan is about the calls number first to last, counted from 1 since it was armed.
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::atomic<std::uint64_t> counted{0};
    std::atomic<std::uint64_t> hits{0};
    char last_call[32] = {};  // of the latest hit
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(FaultBlock) <= 4096);

// The memfd's number in every process, because a confined worker may not open files.
inline constexpr const char* kFaultDescriptorVariable = "HRN_FAULT_FD";

}  // namespace hrn::test
