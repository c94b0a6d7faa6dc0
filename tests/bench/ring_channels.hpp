// The three ways to hand records from one process to another that bench_ring compares, behind one shape:
// try_push, try_pop, never waiting. Each lives in memory that a forked child shares.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "shared/ring.hpp"

namespace hrn::bench {

inline constexpr std::size_t kCapacity = 256;

// An object in anonymous shared memory; both processes of a fork see it. Its destructor is not run: only
// objects without resources live here.
template <typename Object>
class Shared {
public:
    Shared() {
        void* memory = ::mmap(nullptr, sizeof(Object), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (memory == MAP_FAILED) {
            throw std::runtime_error("mmap failed");
        }
        object_ = new (memory) Object();
    }
    ~Shared() { ::munmap(object_, sizeof(Object)); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    Object* operator->() const { return object_; }
    Object& operator*() const { return *object_; }

private:
    Object* object_;
};

// Ours, with all its checks of a hostile peer.
template <typename Record>
class RingChannel {
    struct Memory {
        RingIndex tail, head;
        alignas(64) std::array<Record, kCapacity> records;
    };

public:
    static constexpr const char* kName = "hrn ring";
    bool try_push(const Record& record) { return producer_.push(record) == RingStatus::ok; }
    bool try_pop(Record& record) { return consumer_.pop(record) == RingStatus::ok; }

private:
    Shared<Memory> memory_;
    // Each process uses the one of its side; the other's copy is never touched.
    RingProducer<Record> producer_{memory_->records.data(), kCapacity, &memory_->tail, &memory_->head};
    RingConsumer<Record> consumer_{memory_->records.data(), kCapacity, &memory_->head, &memory_->tail};
};

template <typename Record>
class LockfreeChannel {
public:
    static constexpr const char* kName = "boost::lockfree::spsc_queue";
    bool try_push(const Record& record) { return queue_->push(record); }
    bool try_pop(Record& record) { return queue_->pop(record); }

private:
    Shared<boost::lockfree::spsc_queue<Record, boost::lockfree::capacity<kCapacity>>> queue_;
};

template <typename Record>
class MessageQueueChannel {
    using Queue = boost::interprocess::message_queue;

public:
    static constexpr const char* kName = "boost::interprocess::message_queue";
    MessageQueueChannel() {
        const std::string name = "hrn-bench-" + std::to_string(::getpid());
        Queue::remove(name.c_str());
        queue_ = std::make_unique<Queue>(boost::interprocess::create_only, name.c_str(), kCapacity,
                                         sizeof(Record));
        Queue::remove(name.c_str());  // the mapping stays, and nothing is left behind
    }
    bool try_push(const Record& record) { return queue_->try_send(&record, sizeof(record), 0); }
    bool try_pop(Record& record) {
        Queue::size_type size = 0;
        unsigned priority = 0;
        return queue_->try_receive(&record, sizeof(record), size, priority);
    }

private:
    std::unique_ptr<Queue> queue_;
};

}  // namespace hrn::bench
