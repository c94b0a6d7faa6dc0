// A network whose work on a CUDA device is recorded once per batch size and then replayed: hundreds of
// launches, each some microseconds of a CPU, become one.
//
// Batches of some sizes have graphs of their own; any other batch is put together from them (batch_pieces). A
// size is recorded when it first comes, so whoever loads a model calls each size once before the first image.
// With graphs switched off a device runs the plain network in the same pieces; on the CPU it is the plain
// network.
//
// Owned by one thread; its memory (the input and everything between) is kept for its life, shared with the
// networks of the same GraphMemory, which must then all run on one stream. Each image's numbers are those of
// the network called with a batch of that piece's size: a library may compute another size by another
// algorithm, whose last bits differ. Where that must not show, there is one size, or only sizes that proved
// to give the same (settle). What comes back is the caller's own. Errors of the device come out as
// c10::Error or cuda::LaunchError.
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

// Of recorded batches: powers of two, ascending.
using BatchSizes = std::vector<std::int64_t>;
// 1, 2, 4, … largest.
[[nodiscard]] BatchSizes batch_sizes_up_to(std::int64_t largest);

class GraphedNetwork {
public:
    // Tensors of the same leading dimension as the input.
    using Forward = std::function<std::vector<at::Tensor>(const at::Tensor&)>;

    // forward: queues all its work on the current stream and waits for nothing. memory: null switches graphs
    // off.
    GraphedNetwork(Forward forward, const Placement& placement, BatchSizes sizes,
                   std::shared_ptr<GraphMemory> memory);
    ~GraphedNetwork();
    GraphedNetwork(GraphedNetwork&&) noexcept;
    GraphedNetwork& operator=(GraphedNetwork&&) noexcept;

    // x: (batch, …). Each other shape of an image has recordings, and an input, of its own.
    [[nodiscard]] std::vector<at::Tensor> operator()(const at::Tensor& x);
    // The first output.
    [[nodiscard]] at::Tensor first(const at::Tensor& x) { return (*this)(x).front(); }

    // Keeps to a batch size that gives an image the same bits whatever else is in the batch and wherever it
    // stands, by trying the candidates: some algorithms of libraries treat the end of a batch in another way.
    // The sizes of `further` that give the same bits as it are kept too; trying them takes time. false: no
    // candidate is steady, and one is kept all the same. sample: as many different images as the largest
    // size. Waits for the device. On the CPU, where each image is computed alone, there is nothing to do.
    bool settle(const at::Tensor& sample, const BatchSizes& candidates, const BatchSizes& further = {});
    [[nodiscard]] const BatchSizes& sizes() const;

private:
    class Graph;
    class State;
    std::unique_ptr<State> state_;
};

struct BatchPiece {
    std::int64_t images = 0;  // of the batch
    std::int64_t size = 0;    // of the recorded batch that they run in
};

// Batches of recorded sizes that hold `images` images: the largest that is wholly used, but the next larger
// one where at most a quarter of it would be idle, or where there is no smaller one.
[[nodiscard]] std::vector<BatchPiece> batch_pieces(std::int64_t images, const BatchSizes& sizes);

}  // namespace hrn::networks
