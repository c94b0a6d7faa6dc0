#include "worker/model/tool/load_check.hpp"

#include <exception>
#include <string>

#include "worker/hrn/front/fan_network.hpp"
#include "worker/hrn/front/segmentation.hpp"
#include "worker/hrn/networks/placement.hpp"

namespace hrn::model::tool {
namespace {

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));  // LibTorch appends a stack trace
}

void load_script(const ModelDirectory& directory, FitResult& result) {
    try {
        static_cast<void>(
            front::load_fan_script(directory.require(result.file), networks::parse_placement("cpu", "fp32")));
    } catch (const std::exception& error) {
        result.fits = false;
        result.problem = first_line(error.what());
    }
}

// A graph that OpenCV cannot run is no fault of the model: the service then takes the hull and says so.
void load_segmentation(const ModelDirectory& directory, FitResult& result) {
    std::string problem;
    if (front::Segmentation::load(directory.require(result.file), problem) == nullptr) {
        result.fits = false;
        result.tolerated = true;
        result.problem = first_line(problem);
    }
}

}  // namespace

void check_loading(const ModelDirectory& directory, std::vector<FitResult>& results) {
    for (auto& result : results) {
        if (!result.fits) {
            continue;
        }
        if (result.file == file::fan_torchscript) {
            load_script(directory, result);
        } else if (result.file == file::segmentation) {
            load_segmentation(directory, result);
        }
    }
}

}  // namespace hrn::model::tool
