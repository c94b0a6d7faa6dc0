#include "worker/hrn/front/dlib_front_end.hpp"

#include <stdexcept>
#include <string>

#include "worker/hrn/front/face_choice.hpp"
#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/prepare_photo.hpp"
#include "worker/hrn/image/long_side.hpp"

namespace hrn::front {
namespace {

class DlibPhoto final : public PreparedPhoto {
public:
    FrontResult result;
};

// A predictor guesses the points that the border has cut off. With more of them than this the mesh would be a
// guess, too: the face is seen up to about its nose then.
constexpr int kMostPointsOutside = 68 / 5;

void refuse_cut_off(const Photo& photo, const Points68& points) {
    int outside = 0;
    for (int i = 0; i < 68; ++i) {
        const Point point = point_of(points, i);
        const bool inside = point.x >= 0 && point.y >= 0 && point.x < photo.width && point.y < photo.height;
        outside += inside ? 0 : 1;
    }
    if (outside > kMostPointsOutside) {
        throw FaceFailure(FaceErrorCode::face_cut_off,
                          std::to_string(outside) + " of the face's 68 landmarks lie outside the photo");
    }
}

// The crop's landmarks in the enlargement of front.md 9, y down.
std::array<Point, 68> enlarged_points(const AlignedFace& face) {
    std::array<Point, 68> points{};
    for (int i = 0; i < 68; ++i) {
        const Point point = point_of(face.landmarks_224, i);
        points[i] = {point.x * enlargement(), (223 - point.y) * enlargement()};
    }
    return points;
}

}  // namespace

DlibFrontEnd::DlibFrontEnd(const StandardPoints& standard, const FrontEndOptions& options,
                           std::unique_ptr<Segmentation> segmentation, std::vector<std::string> warnings)
    : standard_(standard),
      faces_(options.landmarks),
      choice_(options.faces),
      keep_original_(options.keep_original),
      segmentation_(std::move(segmentation)) {
    warnings_ = std::move(warnings);
}

std::unique_ptr<PreparedPhoto> DlibFrontEnd::prepare(Photo photo) {
    auto prepared = std::make_unique<DlibPhoto>();
    try {
        take_photo(*prepared, std::move(photo), keep_original_);
        prepared->result = find_and_align(prepared->photo);
    } catch (const FaceFailure& failure) {
        prepared->result = FrontResult{};
        prepared->result.error = failure.error();
    }
    return prepared;
}

std::vector<FrontResult> DlibFrontEnd::align(std::span<PreparedPhoto* const> photos) {
    std::vector<FrontResult> results;
    results.reserve(photos.size());
    for (PreparedPhoto* photo : photos) {
        auto* own = dynamic_cast<DlibPhoto*>(photo);
        if (own == nullptr) {
            throw std::invalid_argument("align: a photo that another front end prepared");
        }
        results.push_back(std::move(own->result));
    }
    return results;
}

FrontResult DlibFrontEnd::find_and_align(const Photo& photo) const {
    const std::vector<FoundFace> found = faces_.find(photo);
    FrontResult result;
    result.faces_detected = static_cast<int>(found.size());
    if (found.empty()) {
        result.error = FaceError{FaceErrorCode::no_face, "no face was found in the photo"};
        return result;
    }
    std::vector<Box> boxes;
    for (const FoundFace& face : found) {
        boxes.push_back(face.box);
    }
    for (const std::size_t index : choose_faces(boxes, choice_)) {
        try {
            result.faces.push_back(finish(photo, found[index]));
        } catch (const FaceFailure&) {
            // A further face that cannot be cropped is left out; the photo is judged by its first one.
            if (result.faces.empty()) {
                throw;
            }
        }
    }
    return result;
}

AlignedFace DlibFrontEnd::finish(const Photo& photo, const FoundFace& found) const {
    refuse_cut_off(photo, found.points);
    AlignedFace face = align_face(photo, found.points, standard_);
    face.front_end = FrontEndKind::dlib;
    face.box = {static_cast<float>(found.box.x1), static_cast<float>(found.box.y1),
                static_cast<float>(found.box.x2), static_cast<float>(found.box.y2)};
    face.detector_score = static_cast<float>(found.score);
    set_mask(face, segmentation_.get());
    const auto warped = fat_face(face.image_224, contours_of_68(enlarged_points(face)));
    face.warped = warped.has_value();
    face.texture_target_224 = warped ? *warped : face.image_224;
    return face;
}

}  // namespace hrn::front
