#include "tests/chaos/fault_control.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

namespace hrn::test {
namespace {

// High, so that no program takes the number for a descriptor of its own; and inherited by all of them.
constexpr int kInheritedNumber = 700;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), std::string("fault control: ") + what);
}

UniqueFd make_inherited_memory() {
    const UniqueFd memory(::memfd_create("hrn-faults", MFD_CLOEXEC));
    if (!memory || ::ftruncate(memory.get(), sizeof(FaultBlock)) != 0) {
        fail("memfd");
    }
    UniqueFd inherited(::fcntl(memory.get(), F_DUPFD, kInheritedNumber));
    if (!inherited) {
        fail("F_DUPFD");
    }
    return inherited;
}

}  // namespace

FaultControl::FaultControl() : memory_(make_inherited_memory()) {
    void* mapped = ::mmap(nullptr, sizeof(FaultBlock), PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
    if (mapped == MAP_FAILED) {
        fail("mmap");
    }
    block_ = new (mapped) FaultBlock();
}

FaultControl::~FaultControl() {
    ::munmap(block_, sizeof(FaultBlock));
}

std::vector<std::string> FaultControl::environment() const {
    return {"LD_PRELOAD=" HRN_FAULT_LAYER,
            std::string(kFaultDescriptorVariable) + "=" + std::to_string(memory_.get())};
}

void FaultControl::arm(const FaultPlan& plan) {
    disarm();
    block_->calls = plan.calls;
    block_->action = plan.action;
    block_->error = plan.error;
    block_->first = plan.first;
    block_->last = plan.last;
    std::fill(std::begin(block_->program), std::end(block_->program), '\0');
    std::fill(std::begin(block_->below), std::end(block_->below), '\0');
    plan.program.copy(block_->program, sizeof block_->program - 1);
    plan.below.copy(block_->below, sizeof block_->below - 1);
    block_->counted.store(0, std::memory_order_relaxed);
    block_->hits.store(0, std::memory_order_relaxed);
    block_->armed.store(1, std::memory_order_release);
}

void FaultControl::disarm() {
    block_->armed.store(0, std::memory_order_release);
}

std::uint64_t FaultControl::counted() const {
    return block_->counted.load(std::memory_order_relaxed);
}

std::uint64_t FaultControl::hits() const {
    return block_->hits.load(std::memory_order_acquire);
}

std::string FaultControl::last_call() const {
    return std::string(block_->last_call, ::strnlen(block_->last_call, sizeof block_->last_call));
}

}  // namespace hrn::test
