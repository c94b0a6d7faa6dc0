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
    Graph(const Forward& forward, const at::Tensor& input, GraphMemory::Pool& pool) {
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
    std::vector<at::Tensor> outputs_;
};

class GraphedNetwork::State {
public:
    State(Forward forward, const Placement& placement, std::int64_t largest,
          std::shared_ptr<GraphMemory> memory)
        : forward_(std::move(forward)),
          placement_(placement),
          largest_(largest),
          memory_(std::move(memory)) {}

    std::vector<at::Tensor> run(const at::Tensor& x) {
        if (placement_.on_cpu() || memory_ == nullptr) {
            return forward_(x);
        }
        std::vector<at::Tensor> out;
        std::int64_t done = 0;
        for (const BatchPiece& piece : batch_pieces(x.size(0), largest_)) {
            const std::vector<at::Tensor>& part = replay(x.narrow(0, done, piece.images), piece);
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

private:
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
        at::Tensor input;  // largest_ images; smaller batches use its beginning
        std::map<std::int64_t, std::unique_ptr<Graph>> graphs;
    };

    Shape& shape_of(const at::Tensor& x) {
        std::vector<std::int64_t> sizes = x.sizes().vec();
        sizes[0] = largest_;
        Shape& shape = shapes_[sizes];
        if (!shape.input.defined()) {
            // Zeros: idle places must hold numbers.
            shape.input = at::zeros(sizes, x.options().dtype(placement_.type()))
                              .contiguous(x.dim() == 4 ? c10::MemoryFormat::ChannelsLast
                                                       : c10::MemoryFormat::Contiguous);
        }
        return shape;
    }

    const std::vector<at::Tensor>& replay(const at::Tensor& x, const BatchPiece& piece) {
        Shape& shape = shape_of(x);
        const at::Tensor input = shape.input.narrow(0, 0, piece.size);
        input.narrow(0, 0, piece.images).copy_(x);
        std::unique_ptr<Graph>& graph = shape.graphs[piece.size];
        if (graph == nullptr) {
            graph = std::make_unique<Graph>(forward_, input, memory_->pool());
        }
        return graph->replay();
    }

    Forward forward_;
    Placement placement_;
    std::int64_t largest_;
    std::shared_ptr<GraphMemory> memory_;
    std::map<std::vector<std::int64_t>, Shape> shapes_;
};

#else

class GraphMemory::Pool {};

class GraphedNetwork::State {
public:
    State(Forward forward, const Placement& /*placement*/, std::int64_t /*largest*/,
          std::shared_ptr<GraphMemory> /*memory*/)
        : forward_(std::move(forward)) {}
    std::vector<at::Tensor> run(const at::Tensor& x) { return forward_(x); }

private:
    Forward forward_;
};

#endif

GraphMemory::GraphMemory() : pool_(std::make_unique<Pool>()) {}
GraphMemory::~GraphMemory() = default;

GraphedNetwork::GraphedNetwork(Forward forward, const Placement& placement, std::int64_t largest,
                               std::shared_ptr<GraphMemory> memory)
    : state_(std::make_unique<State>(std::move(forward), placement, largest, std::move(memory))) {}
GraphedNetwork::~GraphedNetwork() = default;
GraphedNetwork::GraphedNetwork(GraphedNetwork&&) noexcept = default;
GraphedNetwork& GraphedNetwork::operator=(GraphedNetwork&&) noexcept = default;

std::vector<at::Tensor> GraphedNetwork::operator()(const at::Tensor& x) {
    return state_->run(x);
}

}  // namespace hrn::networks
