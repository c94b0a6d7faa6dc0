#include "tests/bench/network_list.hpp"

#include <memory>
#include <utility>

#include "worker/hrn/front/fan_network.hpp"
#include "worker/hrn/front/network_106.hpp"
#include "worker/hrn/front/retina_network.hpp"
#include "worker/hrn/front/s3fd_network.hpp"
#include "worker/hrn/networks/coefficient_network.hpp"
#include "worker/hrn/networks/resnet_generator.hpp"
#include "worker/hrn/networks/unet.hpp"
#include "worker/model/torch_file.hpp"

namespace hrn::bench {

using networks::GraphedNetwork;
using networks::Placement;
using Tensors = std::vector<at::Tensor>;

namespace {

template <typename Loaded, typename... Arguments>
GraphedNetwork::Forward loaded(Arguments&&... arguments) {
    auto network = std::make_shared<Loaded>(std::forward<Arguments>(arguments)...);
    return [network](const at::Tensor& x) { return Tensors{(*network)(x)}; };
}

}  // namespace

std::vector<Network> load_networks(const model::ModelDirectory& directory, const Placement& placement) {
    std::vector<Network> all;
    const auto read = [&](std::string_view name) { return model::read_torch_file(directory.require(name)); };
    {
        const model::TensorFile file = read(model::file::networks);
        const networks::Weights weights(file, "", placement);
        all.push_back({"net_recon",
                       8.18,
                       {3, 224, 224},
                       1,
                       64,
                       loaded<networks::CoefficientNetwork>(weights.under("net_recon"))});
        all.push_back({"mid_net",
                       6.27,
                       {6, 64, 64},
                       1,
                       64,
                       loaded<networks::ResnetGenerator>(weights.under("mid_net"), 6, 3)});
        all.push_back({"high_net",
                       100.75,
                       {9, 256, 256},
                       1,
                       32,
                       loaded<networks::ResnetGenerator>(weights.under("high_net"), 9, 1)});
    }
    {
        const model::TensorFile file = read(model::file::de_retouching);
        all.push_back({"UNet",
                       247.43,
                       {3, 512, 512},
                       1,
                       16,
                       loaded<networks::Unet>(networks::Weights(file, "generator", placement))});
    }
    {
        const model::TensorFile file = read(model::file::retinaface);
        auto network = std::make_shared<front::RetinaNetwork>(networks::Weights(file, "", placement));
        all.push_back({"RetinaFace", 56.66, {3, 512, 512}, 2, 32, [network](const at::Tensor& x) {
                           const front::RetinaTensors out = (*network)(x);
                           return Tensors{out.confidences, out.offsets, out.landmarks};
                       }});
    }
    {
        const model::TensorFile file = read(model::file::landmarks_106);
        all.push_back(
            {"106 points",
             2.96,
             {3, 224, 224},
             4,
             32,
             loaded<front::Network106>(networks::Weights(file, front::prefix_106(file), placement))});
    }
    {
        const model::TensorFile file = read(model::file::s3fd);
        auto network = std::make_shared<front::S3fdNetwork>(networks::Weights(file, "", placement));
        all.push_back({"S3FD", 32.44, {3, 224, 224}, 1, 32, [network](const at::Tensor& x) {
                           const front::S3fdTensors out = (*network)(x);
                           return Tensors(out.classes.begin(), out.classes.end());
                       }});
    }
    if (directory.has(model::file::fan_state_dict)) {
        const model::TensorFile file = read(model::file::fan_state_dict);
        const char* prefix = file.has_prefix("state_dict.conv1.") ? "state_dict" : "";
        const std::shared_ptr<front::FanNetwork> network =
            front::make_fan(networks::Weights(file, prefix, placement));
        all.push_back({"FAN", 50.48, {3, 256, 256}, 1, 32, [network](const at::Tensor& x) {
                           return Tensors{(*network)(x)};
                       }});
    }
    return all;
}

}  // namespace hrn::bench
