// The official front end: prepare() makes RetinaFace's input, align() runs the chain of front.md 2-9 over all
// faces of the batch. See front_end.hpp for the contract.
#pragma once

#include <memory>

#include "worker/hrn/front/alignment.hpp"
#include "worker/hrn/front/crew.hpp"
#include "worker/hrn/front/front_end.hpp"
#include "worker/hrn/front/official_networks.hpp"
#include "worker/hrn/front/segmentation.hpp"

namespace hrn::front {

class OfficialFrontEnd final : public FrontEnd {
public:
    // `segmentation` may be null: the mask is the hull then.
    OfficialFrontEnd(const StandardPoints& standard, std::unique_ptr<OfficialNetworks> networks,
                     const FrontEndOptions& options, std::unique_ptr<Segmentation> segmentation,
                     std::vector<std::string> warnings);

    [[nodiscard]] FrontEndKind kind() const override { return FrontEndKind::official; }
    [[nodiscard]] std::unique_ptr<PreparedPhoto> prepare(Photo photo) override;
    [[nodiscard]] std::vector<FrontResult> align(std::span<PreparedPhoto* const> photos) override;
    void warm_up(int batch) override;

private:
    StandardPoints standard_;
    std::unique_ptr<OfficialNetworks> networks_;
    FaceChoice choice_;
    Crew crew_;
    bool keep_original_;
    bool settled_ = false;
    std::unique_ptr<Segmentation> segmentation_;
};

}  // namespace hrn::front
