#include "worker/hrn/networks/graphed_network.hpp"

#include <utility>

#ifdef HRN_WITH_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <c10/core/MemoryFormat.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/version.h>

#include <algorithm>
#include <map>
#include <optional>
#endif

namespace hrn::networks {

#ifdef HRN_WITH_CUDA

class GraphMemory::Pool {
public:
    Pool() : id(at::cuda::graph_pool_handle()) {}
    decltype(at::cuda::graph_pool_handle()) id;

    // On which everything of this memory is recorded: LibTorch gives a block of it to no other stream, so
    // with one for each recording nothing would be shared. Not the default one, which cannot be recorded.
    c10::cuda::CUDAStream stream(c10::DeviceIndex device) {
        if (!stream_) {
            stream_ = c10::cuda::getStreamFromPool(false, device);
        }
        return *stream_;
    }

private:
    std::optional<c10::cuda::CUDAStream> stream_;
};

// One batch size, recorded.
class GraphedNetwork::Graph {
public:
    Graph(const Forward& forward, const at::Tensor& input, GraphMemory::Pool& pool) : input_(input) {
        // Once without recording, so that libraries choose their algorithms and load their kernels.
        static_cast<void>(forward(input));
        const auto device = static_cast<c10::DeviceIndex>(input.get_device());
        const c10::cuda::CUDAStream outside = c10::cuda::getCurrentCUDAStream(device);
        outside.synchronize();
        // The recording has memory of its own; what that first run used would lie idle.
        c10::cuda::CUDACachingAllocator::emptyCache();
        const c10::cuda::CUDAStreamGuard on_side(pool.stream(device));
        begin(pool);
        try {
            outputs_ = forward(input);
        } catch (...) {
            // What is half recorded is thrown away; the first error is the one to tell.
            try {
                graph_.capture_end();
            } catch (const c10::Error&) {
            }
            throw;
        }
        graph_.capture_end();
        c10::cuda::getCurrentCUDAStream(device).synchronize();
    }

    [[nodiscard]] const at::Tensor& input() const { return input_; }

    const std::vector<at::Tensor>& replay() {
        graph_.replay();
        return outputs_;
    }

private:
    void begin(GraphMemory::Pool& pool) {
#if TORCH_VERSION_MAJOR >= 2
        // What other threads do with CUDA meanwhile is none of this recording's business.
        graph_.capture_begin(pool.id, cudaStreamCaptureModeThreadLocal);
#else
        graph_.capture_begin(pool.id);
#endif
    }

    at::cuda::CUDAGraph graph_;
    const at::Tensor input_;
    std::vector<at::Tensor> outputs_;
};

class GraphedNetwork::State {
public:
    State(Forward forward, const Placement& placement, BatchSizes sizes, std::shared_ptr<GraphMemory> memory)
        : forward_(std::move(forward)),
          placement_(placement),
          sizes_(std::move(sizes)),
          memory_(std::move(memory)) {}

    std::vector<at::Tensor> run(const at::Tensor& x) { return run(x, sizes_); }

    bool settle(const at::Tensor& sample, const BatchSizes& candidates, const BatchSizes& further) {
        if (placement_.on_cpu()) {
            return true;
        }
        sizes_ = further.empty() ? candidates : further;  // so that the first input has room for all
        const BatchSizes wanted = by_preference(candidates);
        const auto first = std::find_if(wanted.begin(), wanted.end(),
                                        [&](std::int64_t size) { return is_steady(sample, size); });
        const std::int64_t reference = first == wanted.end() ? wanted.front() : *first;
        const std::vector<at::Tensor> want = run(sample, {reference});
        BatchSizes alike = {reference};
        for (const std::int64_t size : further) {
            if (size != reference && same_bits(run(sample, {size}), want) && is_steady(sample, size)) {
                alike.push_back(size);
            }
        }
        std::sort(alike.begin(), alike.end());
        for (const std::int64_t size : batch_sizes_up_to(sizes_.back())) {
            if (std::find(alike.begin(), alike.end(), size) == alike.end()) {
                forget(size);
            }
        }
        sizes_ = std::move(alike);
        return first != wanted.end();
    }

    [[nodiscard]] const BatchSizes& sizes() const { return sizes_; }

private:
    // Between the speed of a full device and what a lone image can wait for.
    static BatchSizes by_preference(const BatchSizes& candidates) {
        BatchSizes order;
        for (const std::int64_t size : {8, 4, 16, 2, 32, 1, 64}) {
            if (std::find(candidates.begin(), candidates.end(), size) != candidates.end()) {
                order.push_back(size);
            }
        }
        return order;
    }

    // The sample's images have the same bits at other places of batches of that size, beside others.
    bool is_steady(const at::Tensor& sample, std::int64_t size) {
        const std::vector<at::Tensor> want = run(sample, {size});
        for (std::int64_t places = 1; places < size; places *= 2) {
            std::vector<at::Tensor> got = run(sample.roll(places, 0), {size});
            for (at::Tensor& numbers : got) {
                numbers = numbers.roll(-places, 0);
            }
            if (!same_bits(got, want)) {
                return false;
            }
        }
        return true;
    }

    static bool same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const at::Tensor& one, const at::Tensor& other) { return one.equal(other); });
    }

    std::vector<at::Tensor> run(const at::Tensor& x, const BatchSizes& sizes) {
        if (placement_.on_cpu()) {
            return forward_(x);
        }
        std::vector<at::Tensor> out;
        std::int64_t done = 0;
        for (const BatchPiece& piece : batch_pieces(x.size(0), sizes)) {
            const std::vector<at::Tensor> part = compute(x.narrow(0, done, piece.images), piece);
            for (std::size_t i = 0; i < part.size(); ++i) {
                // A copy, for the next replay of any graph of this memory writes over what this one left.
                if (done == 0) {
                    out.push_back(whole_of(part[i], x.size(0)));
                }
                out[i].narrow(0, done, piece.images).copy_(part[i].narrow(0, 0, piece.images));
            }
            done += piece.images;
        }
        return out;
    }

    // Empty memory for `images` images like those of `part`, laid out alike.
    static at::Tensor whole_of(const at::Tensor& part, std::int64_t images) {
        std::vector<std::int64_t> shape = part.sizes().vec();
        shape[0] = images;
        const bool map = part.dim() == 4 && part.is_contiguous(c10::MemoryFormat::ChannelsLast);
        return at::empty(shape, part.options(),
                         map ? c10::MemoryFormat::ChannelsLast : c10::MemoryFormat::Contiguous);
    }

    // What belongs to one shape of an image.
    struct Shape {
        at::Tensor input;  // as many images as the largest batch so far; smaller ones use its beginning
        std::map<std::int64_t, std::unique_ptr<Graph>> graphs;
    };

    // Room for `size` images. Recordings read the memory that they were made with, which they keep alive.
    Shape& shape_of(const at::Tensor& x, std::int64_t size) {
        std::vector<std::int64_t> sizes = x.sizes().vec();
        sizes[0] = 0;
        Shape& shape = shapes_[sizes];
        if (!shape.input.defined() || shape.input.size(0) < size) {
            sizes[0] = std::max(size, sizes_.back());
            // Zeros: idle places must hold numbers.
            shape.input = at::zeros(sizes, x.options().dtype(placement_.type()))
                              .contiguous(x.dim() == 4 ? c10::MemoryFormat::ChannelsLast
                                                       : c10::MemoryFormat::Contiguous);
        }
        return shape;
    }

    std::vector<at::Tensor> compute(const at::Tensor& x, const BatchPiece& piece) {
        Shape& shape = shape_of(x, piece.size);
        std::unique_ptr<Graph>& graph = shape.graphs[piece.size];
        const at::Tensor input = graph ? graph->input() : shape.input.narrow(0, 0, piece.size);
        input.narrow(0, 0, piece.images).copy_(x);
        if (memory_ == nullptr) {
            return forward_(input);
        }
        if (!graph) {
            graph = std::make_unique<Graph>(forward_, input, memory_->pool());
        }
        return graph->replay();
    }

    void forget(std::int64_t size) {
        for (auto& [sizes, shape] : shapes_) {
            shape.graphs.erase(size);
        }
    }

    Forward forward_;
    Placement placement_;
    BatchSizes sizes_;
    std::shared_ptr<GraphMemory> memory_;
    std::map<std::vector<std::int64_t>, Shape> shapes_;
};

#else

class GraphMemory::Pool {};

class GraphedNetwork::State {
public:
    State(Forward forward, const Placement& /*placement*/, BatchSizes sizes,
          std::shared_ptr<GraphMemory> /*memory*/)
        : forward_(std::move(forward)), sizes_(std::move(sizes)) {}
    std::vector<at::Tensor> run(const at::Tensor& x) { return forward_(x); }
    bool settle(const at::Tensor& /*sample*/, const BatchSizes& /*candidates*/,
                const BatchSizes& /*further*/) {
        return true;
    }
    [[nodiscard]] const BatchSizes& sizes() const { return sizes_; }

private:
    Forward forward_;
    BatchSizes sizes_;
};

#endif

GraphMemory::GraphMemory() : pool_(std::make_unique<Pool>()) {}
GraphMemory::~GraphMemory() = default;

GraphedNetwork::GraphedNetwork(Forward forward, const Placement& placement, BatchSizes sizes,
                               std::shared_ptr<GraphMemory> memory)
    : state_(std::make_unique<State>(std::move(forward), placement, std::move(sizes), std::move(memory))) {}
GraphedNetwork::~GraphedNetwork() = default;
GraphedNetwork::GraphedNetwork(GraphedNetwork&&) noexcept = default;
GraphedNetwork& GraphedNetwork::operator=(GraphedNetwork&&) noexcept = default;

std::vector<at::Tensor> GraphedNetwork::operator()(const at::Tensor& x) {
    return state_->run(x);
}

bool GraphedNetwork::settle(const at::Tensor& sample, const BatchSizes& candidates,
                            const BatchSizes& further) {
    return state_->settle(sample, candidates, further);
}

const BatchSizes& GraphedNetwork::sizes() const {
    return state_->sizes();
}

}  // namespace hrn::networks
