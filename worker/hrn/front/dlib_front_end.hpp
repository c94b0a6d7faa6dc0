// The built-in front end: everything happens in prepare(), on as many threads as there are callers; align()
// only hands the results out. See front_end.hpp for the contract.
//
// A face of whose 68 landmarks more than a fifth lie outside the photo is refused (face_cut_off): front.md 11
// leaves that open, and the predictor would guess them.
#pragma once

#include <memory>

#include "worker/hrn/front/alignment.hpp"
#include "worker/hrn/front/dlib_faces.hpp"
#include "worker/hrn/front/front_end.hpp"
#include "worker/hrn/front/segmentation.hpp"

namespace hrn::front {

class DlibFrontEnd final : public FrontEnd {
public:
    // `segmentation` may be null: the mask is the hull then.
    DlibFrontEnd(const StandardPoints& standard, const FrontEndOptions& options,
                 std::unique_ptr<Segmentation> segmentation, std::vector<std::string> warnings);

    [[nodiscard]] FrontEndKind kind() const override { return FrontEndKind::dlib; }
    [[nodiscard]] std::unique_ptr<PreparedPhoto> prepare(Photo photo) override;
    [[nodiscard]] std::vector<FrontResult> align(std::span<PreparedPhoto* const> photos) override;
    void warm_up(int /*batch*/) override {}

private:
    [[nodiscard]] FrontResult find_and_align(const Photo& photo) const;
    [[nodiscard]] AlignedFace finish(const Photo& photo, const FoundFace& found) const;

    StandardPoints standard_;
    DlibFaces faces_;
    FaceChoice choice_;
    bool keep_original_;
    std::unique_ptr<Segmentation> segmentation_;
};

}  // namespace hrn::front
