// FAN from a TorchScript archive. The only file that includes torch/script.h, for its long compile time.
#include <torch/script.h>

#include "worker/hrn/front/fan_network.hpp"
#include "worker/model/array.hpp"

namespace hrn::front {
namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

// The heat maps, or the last of a list of them (one per stack).
at::Tensor last_tensor(const c10::IValue& value, const std::string& file) {
    if (value.isTensor()) {
        return value.toTensor();
    }
    if (value.isTensorList() && !value.toTensorVector().empty()) {
        return value.toTensorVector().back();
    }
    if (value.isTuple() && !value.toTupleRef().elements().empty()) {
        return last_tensor(value.toTupleRef().elements().back(), file);
    }
    throw model::ModelError(file + ": its forward() returns no tensor");
}

class FanScript final : public FanNetwork {
public:
    FanScript(const std::filesystem::path& file, const networks::Placement& placement)
        : file_(file.string()), device_(placement.device) {
        try {
            module_ = torch::jit::load(file_, device_);
            module_.eval();
        } catch (const c10::Error& error) {
            throw model::ModelError(file_ + ": not a TorchScript archive that LibTorch can load (" +
                                    first_line(error.what_without_backtrace()) + ")");
        }
    }

    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const override {
        std::vector<at::Tensor> heat;
        for (std::int64_t i = 0; i < x.size(0); ++i) {
            const at::Tensor one = x.narrow(0, i, 1).to(device_, c10::kFloat).contiguous();
            heat.push_back(last_tensor(run(one), file_));
            if (heat.back().sizes() != c10::IntArrayRef({1, 68, 64, 64})) {
                throw model::ModelError(file_ + ": its forward() does not return 1 x 68 x 64 x 64 heat maps");
            }
        }
        return at::cat(heat, 0);
    }

private:
    [[nodiscard]] c10::IValue run(const at::Tensor& x) const {
        // forward() is not const in LibTorch; a module in evaluation mode is not changed by it.
        return const_cast<torch::jit::Module&>(module_).forward({x});
    }

    std::string file_;
    c10::Device device_;
    torch::jit::Module module_;
};

}  // namespace

std::unique_ptr<FanNetwork> load_fan_script(const std::filesystem::path& file,
                                            const networks::Placement& placement) {
    return std::make_unique<FanScript>(file, placement);
}

}  // namespace hrn::front
