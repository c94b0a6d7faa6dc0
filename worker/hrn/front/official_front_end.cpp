#include "worker/hrn/front/official_front_end.hpp"

#include <stdexcept>

#include "worker/hrn/front/device_steps.hpp"
#include "worker/hrn/front/face_choice.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/front/official_steps.hpp"
#include "worker/hrn/front/prepare_photo.hpp"
#include "worker/hrn/image/long_side.hpp"

namespace hrn::front {
namespace {

class OfficialPhoto final : public PreparedPhoto {
public:
    RetinaInput input;
    std::optional<FaceError> error;
};

// A face on its way through the chain.
struct Candidate {
    std::size_t photo = 0;  // index in the batch
    Box box;
    double score = 0;
    Points106 points_106{};
    AlignedFace face;
    CropFrames frames;  // where a device cuts the crops
    std::optional<FaceError> error;
};

OfficialPhoto& own(PreparedPhoto* photo) {
    auto* result = dynamic_cast<OfficialPhoto*>(photo);
    if (result == nullptr) {
        throw std::invalid_argument("align: a photo that another front end prepared");
    }
    return *result;
}

Box box_of(const RetinaFace& face) {
    return {double(face.box[0]), double(face.box[1]), double(face.box[2]), double(face.box[3])};
}

// The faces of one batch on their way through the chain: each step takes those that are still without an
// error, runs them together, and gives each its result or its error.
class Batch {
public:
    Batch(const Tools& tools, std::span<PreparedPhoto* const> photos)
        : tools_(tools), photos_(photos), results_(photos.size()) {}

    void detect_faces(FaceChoice choice) {
        std::vector<const RetinaInput*> inputs;
        std::vector<std::size_t> owners;
        for (std::size_t i = 0; i < photos_.size(); ++i) {
            const OfficialPhoto& photo = own(photos_[i]);
            if (photo.error) {
                results_[i].error = photo.error;
            } else {
                inputs.push_back(&photo.input);
                owners.push_back(i);
            }
        }
        const std::vector<std::vector<RetinaFace>> detected = detect(tools_, inputs);
        for (std::size_t i = 0; i < owners.size(); ++i) {
            add_candidates(owners[i], detected[i], choice);
        }
    }

    void find_points_106() {
        const std::vector<Candidate*> going = alive();
        std::vector<FaceInImage> faces;
        for (const Candidate* candidate : going) {
            faces.push_back({pixels_of(*candidate), candidate->box});
        }
        const std::vector<Outcome<Points106>> points = find_106(tools_, faces);
        for (std::size_t i = 0; i < going.size(); ++i) {
            if (const FaceError* error = error_of(points[i])) {
                going[i]->error = *error;
            } else {
                going[i]->points_106 = std::get<Points106>(points[i]);
            }
        }
    }

    void find_landmarks_and_cut(const StandardPoints& standard) {
        const std::vector<Candidate*> going = alive();
        std::vector<FivePointsInPhoto> five;
        for (const Candidate* candidate : going) {
            five.push_back({pixels_of(*candidate), five_of_106(candidate->points_106)});
        }
        const DeviceChain* device = tools_.networks.on_device();
        const std::vector<Outcome<Points68>> landmarks =
            device != nullptr ? find_68_on_device(tools_, *device, five) : find_68(tools_, five);
        tools_.crew.over(going.size(), [&](std::size_t i) {
            Candidate& candidate = *going[i];
            if (const FaceError* error = error_of(landmarks[i])) {
                candidate.error = *error;
                return;
            }
            const auto& points = std::get<Points68>(landmarks[i]);
            const Photo& photo = photos_[candidate.photo]->photo;
            try {
                if (device == nullptr) {
                    candidate.face = align_face(photo, points, standard);
                    return;
                }
                const Alignment alignment = align(points, photo.width, photo.height, standard);
                candidate.face = place_face(alignment, points, photo.width, photo.height);
                candidate.frames = {&photo, alignment.crop_224, alignment.crop_512};
            } catch (const FaceFailure& failure) {
                candidate.error = failure.error();
            }
        });
        if (device != nullptr) {
            cut_crops(*device);
        }
    }

    void finish_faces(Segmentation* segmentation) {
        const std::vector<Candidate*> going = alive();
        std::vector<const std::vector<std::uint8_t>*> crops;
        for (const Candidate* candidate : going) {
            crops.push_back(&candidate->face.image_224);
        }
        const DeviceChain* device = tools_.networks.on_device();
        std::vector<TextureTarget> targets =
            device != nullptr ? make_texture_targets_on_device(tools_, *device, *crops_there_, crops)
                              : make_texture_targets(tools_, crops);
        tools_.crew.over(going.size(), [&](std::size_t i) {
            AlignedFace& face = going[i]->face;
            const Box& box = going[i]->box;
            face.front_end = FrontEndKind::official;
            face.box = {float(box.x1), float(box.y1), float(box.x2), float(box.y2)};
            face.detector_score = static_cast<float>(going[i]->score);
            face.texture_target_224 = std::move(targets[i].image_224);
            face.warped = targets[i].warped;
            set_mask(face, segmentation);
        });
    }

    // The first face is the photo's verdict; a further one that failed is left out.
    [[nodiscard]] std::vector<FrontResult> take_results() {
        for (Candidate& candidate : candidates_) {
            FrontResult& result = results_[candidate.photo];
            if (result.error) {
                continue;
            }
            if (!candidate.error) {
                result.faces.push_back(std::move(candidate.face));
            } else if (result.faces.empty()) {
                result.error = candidate.error;
            }
        }
        return std::move(results_);
    }

private:
    // Nobody fails after this: the 224 crops that stay on the device are those of alive().
    void cut_crops(const DeviceChain& device) {
        const std::vector<Candidate*> going = alive();
        std::vector<CropFrames> frames;
        for (const Candidate* candidate : going) {
            frames.push_back(candidate->frames);
        }
        AlignedCrops crops = device.aligned_crops(frames, tools_.crew);
        for (std::size_t i = 0; i < going.size(); ++i) {
            going[i]->face.image_224 = std::move(crops.bytes[i].image_224);
            going[i]->face.image_512 = std::move(crops.bytes[i].image_512);
        }
        crops_there_ = std::move(crops.small);
    }

    void add_candidates(std::size_t photo, const std::vector<RetinaFace>& found, FaceChoice choice) {
        results_[photo].faces_detected = static_cast<int>(found.size());
        if (found.empty()) {
            results_[photo].error = FaceError{FaceErrorCode::no_face, "no face was found in the photo"};
            return;
        }
        std::vector<Box> boxes;
        for (const RetinaFace& face : found) {
            boxes.push_back(box_of(face));
        }
        for (const std::size_t index : choose_faces(boxes, choice)) {
            Candidate candidate;
            candidate.photo = photo;
            candidate.box = boxes[index];
            candidate.score = found[index].score;
            candidates_.push_back(std::move(candidate));
        }
    }

    [[nodiscard]] std::vector<Candidate*> alive() {
        std::vector<Candidate*> result;
        for (Candidate& candidate : candidates_) {
            if (!candidate.error) {
                result.push_back(&candidate);
            }
        }
        return result;
    }

    [[nodiscard]] cv::Mat pixels_of(const Candidate& candidate) const {
        return image::matrix_of(photos_[candidate.photo]->photo);
    }

    const Tools tools_;
    std::span<PreparedPhoto* const> photos_;
    std::vector<FrontResult> results_;
    std::vector<Candidate> candidates_;
    DevicePicturesPointer crops_there_;
};

}  // namespace

OfficialFrontEnd::OfficialFrontEnd(const StandardPoints& standard, std::unique_ptr<OfficialNetworks> networks,
                                   const FrontEndOptions& options, std::unique_ptr<Segmentation> segmentation,
                                   std::vector<std::string> warnings)
    : standard_(standard),
      networks_(std::move(networks)),
      choice_(options.faces),
      crew_(options.threads),
      keep_original_(options.keep_original),
      segmentation_(std::move(segmentation)) {
    warnings_ = std::move(warnings);
}

std::unique_ptr<PreparedPhoto> OfficialFrontEnd::prepare(Photo photo) {
    auto prepared = std::make_unique<OfficialPhoto>();
    try {
        take_photo(*prepared, std::move(photo), keep_original_);
        prepared->input = retina_input(image::matrix_of(prepared->photo));
    } catch (const FaceFailure& failure) {
        prepared->error = failure.error();
    }
    return prepared;
}

std::vector<FrontResult> OfficialFrontEnd::align(std::span<PreparedPhoto* const> photos) {
    Batch batch({*networks_, crew_}, photos);
    batch.detect_faces(choice_);
    batch.find_points_106();
    batch.find_landmarks_and_cut(standard_);
    batch.finish_faces(segmentation_.get());
    return batch.take_results();
}

void OfficialFrontEnd::warm_up(int batch) {
    if (!settled_) {
        const std::vector<std::string> further = networks_->settle(batch);
        warnings_.insert(warnings_.end(), further.begin(), further.end());
        settled_ = true;
    }
    const auto grey = [&](int side) {
        return NetworkInputs(static_cast<std::size_t>(batch),
                             {cv::Mat(side, side, CV_8UC3, cv::Scalar::all(128)), 0, 0});
    };
    static_cast<void>(networks_->retina(grey(retina_side), /*landmarks=*/false));
    static_cast<void>(networks_->logits_106(grey(crop_106_side)));
    static_cast<void>(networks_->s3fd(grey(crop_a_side)));
    static_cast<void>(networks_->heat_maps(grey(fan_side)));
}

}  // namespace hrn::front
