// A network whose work on a CUDA device is recorded once per batch size and then replayed: hundreds of
// launches, each some microseconds of a CPU, become one.
//
// Batches of 1, 2, 4, … `largest` images have graphs of their own; any other batch is put together from them
// (batch_pieces). A size is recorded when it first comes, so whoever loads a model calls each size once
// before the first image. On the CPU, and with graphs switched off, it is the plain network.
//
// Owned by one thread; its memory (the input and everything between) is kept for its life, shared with the
// networks of the same GraphMemory, which must then all run on one stream. Each image's numbers are those of
// the network called with a batch of that piece's size. What comes back is the caller's own. Errors of the
// device come out as c10::Error or cuda::LaunchError.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "worker/hrn/networks/placement.hpp"

namespace hrn::networks {

// Device memory that several graphs use in turn. One per stream.
class GraphMemory {
public:
    GraphMemory();
    ~GraphMemory();
    GraphMemory(const GraphMemory&) = delete;
    GraphMemory& operator=(const GraphMemory&) = delete;

    class Pool;
    [[nodiscard]] Pool& pool() { return *pool_; }

private:
    std::unique_ptr<Pool> pool_;
};

class GraphedNetwork {
public:
    // Tensors of the same leading dimension as the input.
    using Forward = std::function<std::vector<at::Tensor>(const at::Tensor&)>;

    // forward: queues all its work on the current stream and waits for nothing. largest: a power of two.
    GraphedNetwork(Forward forward, const Placement& placement, std::int64_t largest,
                   std::shared_ptr<GraphMemory> memory);
    ~GraphedNetwork();
    GraphedNetwork(GraphedNetwork&&) noexcept;
    GraphedNetwork& operator=(GraphedNetwork&&) noexcept;

    // x: (batch, …). Each other shape of an image has recordings, and an input, of its own.
    [[nodiscard]] std::vector<at::Tensor> operator()(const at::Tensor& x);
    // The first output.
    [[nodiscard]] at::Tensor first(const at::Tensor& x) { return (*this)(x).front(); }

private:
    class Graph;
    class State;
    std::unique_ptr<State> state_;
};

struct BatchPiece {
    std::int64_t images = 0;  // of the batch
    std::int64_t size = 0;    // of the recorded batch that they run in
};

// Batches of recorded sizes (1, 2, 4, … largest) that hold `images` images. A piece is filled up with idle
// places only where at most a quarter of it is idle.
[[nodiscard]] std::vector<BatchPiece> batch_pieces(std::int64_t images, std::int64_t largest);

}  // namespace hrn::networks
