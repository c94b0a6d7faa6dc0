#include "worker/hrn/front/front_end.hpp"

#include "worker/hrn/front/dlib_front_end.hpp"
#include "worker/hrn/front/official_front_end.hpp"
#include "worker/model/mat_file.hpp"
#include "worker/model/model_directory.hpp"

namespace hrn::front {
namespace {

StandardPoints read_standard_points(const model::ModelDirectory& directory) {
    const model::MatFile file = model::read_mat(directory.require(model::file::similarity), {"lm"});
    return standard_points(file.require("lm", {68, 3}).to_doubles());
}

bool wants_official(const model::ModelDirectory& directory, FrontEndChoice choice) {
    switch (choice) {
        case FrontEndChoice::official:
            return true;
        case FrontEndChoice::dlib:
            return false;
        case FrontEndChoice::automatic:
            break;
    }
    return directory.auto_uses_official_front();
}

}  // namespace

std::unique_ptr<FrontEnd> make_front_end(const model::ModelDirectory& directory,
                                         const FrontEndOptions& options) {
    const StandardPoints standard = read_standard_points(directory);
    std::vector<std::string> warnings;
    std::unique_ptr<Segmentation> segmentation;
    if (directory.has(model::file::segmentation)) {
        std::string problem;
        segmentation = Segmentation::load(directory.require(model::file::segmentation), problem);
        if (!segmentation) {
            warnings.push_back(problem);
        }
    }
    if (wants_official(directory, options.kind)) {
        return std::make_unique<OfficialFrontEnd>(
            standard, load_official_networks(directory, options.device, options.precision), options,
            std::move(segmentation), std::move(warnings));
    }
    return std::make_unique<DlibFrontEnd>(standard, options, std::move(segmentation), std::move(warnings));
}

}  // namespace hrn::front
