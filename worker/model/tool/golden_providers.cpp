#include "worker/model/tool/golden_providers.hpp"

#include <exception>
#include <functional>
#include <utility>

#include "worker/hrn/core/golden_core.hpp"
#include "worker/hrn/front/golden_front.hpp"

namespace hrn::model::tool {
namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));  // LibTorch appends a stack trace
}

Provider make(std::string name, const std::function<std::unique_ptr<GoldenStages>()>& maker) {
    Provider provider;
    provider.name = std::move(name);
    try {
        provider.stages = maker();
    } catch (const std::exception& error) {
        provider.problem = first_line(error.what());
    }
    return provider;
}

}  // namespace

std::vector<Provider> make_providers(const ModelDirectory& directory, const std::string& device,
                                     const std::string& precision, int threads,
                                     const std::filesystem::path& golden_folder) {
    std::vector<Provider> providers;
    providers.push_back(
        make("core", [&] { return core::make_golden_stages(directory, device, precision, threads); }));
    providers.push_back(make(
        "front", [&] { return front::make_golden_stages(directory, device, precision, golden_folder); }));
    return providers;
}

}  // namespace hrn::model::tool
