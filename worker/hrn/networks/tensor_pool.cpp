#include "worker/hrn/networks/tensor_pool.hpp"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <torch/version.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>

namespace hrn::networks {
namespace {

constexpr std::size_t page = std::size_t{2} << 20;  // a huge page: one fault instead of 512
constexpr std::size_t header_bytes = 64;            // keeps the data aligned for every vector unit

// In front of each block's data.
struct Header {
    std::size_t bytes;  // of the whole block; 0: a small one, which is not kept
};

char* new_block(std::size_t alignment, std::size_t bytes, const Header& header) {
    auto* block = static_cast<char*>(std::aligned_alloc(alignment, bytes));
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    if (header.bytes != 0) {
        // Before the first touch. A wish, not a need: without huge pages it is only slower.
        (void)madvise(block, bytes, MADV_HUGEPAGE);
    }
    std::memcpy(block, &header, sizeof header);
    return block;
}

class Pool {
public:
    void* take(std::size_t bytes) {
        const std::size_t wanted = (bytes + header_bytes + page - 1) / page * page;
        {
            const std::lock_guard lock(mutex_);
            // The smallest block that fits, unless most of it would lie idle.
            const auto found = free_.lower_bound(wanted);
            if (found != free_.end() && found->first / 2 <= wanted) {
                char* block = found->second;
                use_.kept -= found->first;
                use_.in_use += found->first;
                ++use_.reused;
                free_.erase(found);
                return block + header_bytes;
            }
        }
        char* block = new_block(page, wanted, Header{wanted});
        const std::lock_guard lock(mutex_);
        use_.in_use += wanted;
        return block + header_bytes;
    }

    void give_back(void* data) noexcept {
        char* block = static_cast<char*>(data) - header_bytes;
        Header header{};
        std::memcpy(&header, block, sizeof header);
        if (header.bytes == 0) {
            std::free(block);
            return;
        }
        const std::lock_guard lock(mutex_);
        use_.in_use -= header.bytes;
        if (use_.kept + header.bytes <= pool_limit_bytes) {
            try {
                free_.emplace(header.bytes, block);
                use_.kept += header.bytes;
                return;
            } catch (const std::bad_alloc&) {
                // No memory for the note about it: then the system gets the block.
            }
        }
        std::free(block);
    }

    void trim() {
        const std::lock_guard lock(mutex_);
        for (const auto& [bytes, block] : free_) {
            std::free(block);
        }
        free_.clear();
        use_.kept = 0;
    }

    TensorPoolUse use() {
        const std::lock_guard lock(mutex_);
        return use_;
    }

private:
    std::mutex mutex_;
    std::multimap<std::size_t, char*> free_;
    TensorPoolUse use_;
};

// Never destroyed: tensors in static objects are freed after everything else.
Pool& pool() {
    static Pool* const instance = std::make_unique<Pool>().release();
    return *instance;
}

void release(void* data) {
    if (data != nullptr) {
        pool().give_back(data);
    }
}

void* allocate_small(std::size_t bytes) {
    const std::size_t whole = (bytes + 2 * header_bytes - 1) / header_bytes * header_bytes;
    return new_block(header_bytes, whole, Header{0}) + header_bytes;
}

// Every block has the same deleter, which finds all it needs in front of the data: LibTorch hands raw
// pointers of this allocator to oneDNN and takes them back.
class PoolAllocator final : public c10::Allocator {
public:
#if TORCH_VERSION_MAJOR >= 2
    c10::DataPtr allocate(std::size_t bytes) override {
        return make(bytes);
    }
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
        std::memcpy(to, from, bytes);
    }
#else
    c10::DataPtr allocate(std::size_t bytes) const override {
        return make(bytes);
    }
#endif
    [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override {
        return &release;
    }

private:
    [[nodiscard]] static c10::DataPtr make(std::size_t bytes) {
        void* data = nullptr;
        if (bytes > 0) {
            data = bytes < pooled_from_bytes ? allocate_small(bytes) : pool().take(bytes);
        }
        return {data, data, &release, c10::Device(c10::kCPU)};
    }
};

}  // namespace

void install_tensor_pool() {
    static std::once_flag once;
    std::call_once(once, [] {
        auto allocator = std::make_unique<PoolAllocator>();
        // LibTorch keeps the pointer for the life of the process.
        c10::SetAllocator(c10::kCPU, allocator.release(), 255);
    });
}

TensorPoolUse tensor_pool_use() {
    return pool().use();
}

void trim_tensor_pool() {
    pool().trim();
}

}  // namespace hrn::networks
