#include "worker/hrn/front/official_steps.hpp"

#include <opencv2/imgproc.hpp>
#include <optional>

#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/landmarks_106.hpp"

namespace hrn::front {
namespace {

std::vector<Planes> views_of(const std::vector<std::vector<float>>& inputs) {
    return {inputs.begin(), inputs.end()};
}

// One pass of the 106 landmarks over the faces that have a box; the others keep their error.
std::vector<Outcome<Points106>> pass_106(const OfficialNetworks& networks,
                                         const std::vector<FaceInImage>& faces,
                                         const std::vector<Outcome<Box>>& boxes) {
    std::vector<Outcome<Points106>> results;
    std::vector<Crop106> crops;
    std::vector<std::vector<float>> inputs;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        results.emplace_back(FaceError{});
        const Outcome<Crop106> crop = attempt<Crop106>([&]() -> Outcome<Crop106> {
            if (const FaceError* error = error_of(boxes[i])) {
                return *error;
            }
            return crop_106(faces[i].rgb, std::get<Box>(boxes[i]));
        });
        if (const FaceError* error = error_of(crop)) {
            results[i] = *error;
            continue;
        }
        crops.push_back(std::get<Crop106>(crop));
        inputs.push_back(input_106(crops.back().image));
        owners.push_back(i);
    }
    const std::vector<std::vector<float>> logits = networks.logits_106(views_of(inputs));
    for (std::size_t i = 0; i < owners.size(); ++i) {
        results[owners[i]] = points_106(soft_argmax_106(logits[i]), crops[i]);
    }
    return results;
}

// What is known of a face on its way to 68 landmarks.
struct Progress {
    LandmarkCrop crop;
    FanFrame frame;
    std::optional<FaceError> error;
};

void find_fan_frames(const OfficialNetworks& networks, std::vector<Progress>& faces) {
    std::vector<std::vector<float>> inputs;
    std::vector<Progress*> owners;
    for (Progress& face : faces) {
        if (!face.error) {
            inputs.push_back(s3fd_input(face.crop.image));
            owners.push_back(&face);
        }
    }
    const std::vector<S3fdRaw> raw = networks.s3fd(views_of(inputs));
    for (std::size_t i = 0; i < owners.size(); ++i) {
        const std::vector<ScoredBox> boxes = select_s3fd(decode_s3fd(raw[i]));
        if (boxes.empty()) {
            owners[i]->error = FaceError{FaceErrorCode::no_face, "no face was found in the aligned crop"};
            continue;
        }
        owners[i]->frame = fan_frame({boxes[0][0], boxes[0][1], boxes[0][2], boxes[0][3]});
    }
}

}  // namespace

std::vector<RetinaFaces> detect(const OfficialNetworks& networks,
                                const std::vector<const RetinaInput*>& inputs) {
    std::vector<Planes> planes;
    for (const RetinaInput* input : inputs) {
        planes.emplace_back(input->planes);
    }
    const std::vector<RetinaRaw> raw = networks.retina(planes);
    std::vector<RetinaFaces> faces;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        faces.push_back(retina_faces(raw[i], *inputs[i]));
    }
    return faces;
}

std::vector<Outcome<Points106>> find_106(const OfficialNetworks& networks,
                                         const std::vector<FaceInImage>& faces) {
    std::vector<Outcome<Box>> boxes;
    for (const FaceInImage& face : faces) {
        boxes.emplace_back(face.box);
    }
    const std::vector<Outcome<Points106>> first = pass_106(networks, faces, boxes);
    for (std::size_t i = 0; i < faces.size(); ++i) {
        if (const FaceError* error = error_of(first[i])) {
            boxes[i] = *error;
        } else {
            boxes[i] = bounds_of(std::get<Points106>(first[i]));
        }
    }
    return pass_106(networks, faces, boxes);
}

std::vector<Outcome<Points68>> find_68(const OfficialNetworks& networks,
                                       const std::vector<FivePointsInPhoto>& faces) {
    std::vector<Progress> progress(faces.size());
    for (std::size_t i = 0; i < faces.size(); ++i) {
        try {
            const auto square = regress_square(networks.square_regressor(), faces[i].points);
            progress[i].crop = cut_landmark_crop(faces[i].rgb, square);
        } catch (const FaceFailure& failure) {
            progress[i].error = failure.error();
        }
    }
    find_fan_frames(networks, progress);

    std::vector<std::vector<float>> inputs;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        if (progress[i].error) {
            continue;
        }
        try {
            inputs.push_back(fan_input(fan_crop(progress[i].crop.image, progress[i].frame)));
            owners.push_back(i);
        } catch (const FaceFailure& failure) {
            progress[i].error = failure.error();
        }
    }
    const std::vector<std::vector<float>> heat = networks.heat_maps(views_of(inputs));
    std::vector<Outcome<Points68>> results;
    for (const Progress& face : progress) {
        results.emplace_back(face.error.value_or(FaceError{}));
    }
    for (std::size_t i = 0; i < owners.size(); ++i) {
        const Progress& face = progress[owners[i]];
        const HeatPoints points = decode_heat_maps(heat[i], face.frame);
        results[owners[i]] =
            points_in_photo(points.crop, face.crop.scale, face.crop.box[0], face.crop.box[1]);
    }
    return results;
}

std::vector<TextureTarget> make_texture_targets(const OfficialNetworks& networks,
                                                const std::vector<const std::vector<std::uint8_t>*>& crops) {
    std::vector<RetinaInput> inputs;
    std::vector<cv::Mat> enlarged;
    for (const auto* crop : crops) {
        // Officially these functions are given RGB where they expect BGR, so their networks see the channels
        // swapped. Kept: it decides what they find.
        cv::Mat swapped;
        cv::cvtColor(enlarge_crop(*crop), swapped, cv::COLOR_RGB2BGR);
        inputs.push_back(retina_input(swapped));
        enlarged.push_back(swapped);
    }
    std::vector<const RetinaInput*> pointers;
    for (const RetinaInput& input : inputs) {
        pointers.push_back(&input);
    }
    const std::vector<RetinaFaces> found = detect(networks, pointers);
    std::vector<FaceInImage> faces;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < crops.size(); ++i) {
        if (!found[i].faces.empty()) {
            const auto [x1, y1, x2, y2] = found[i].faces[0].box;
            faces.push_back({enlarged[i], Box{double(x1), double(y1), double(x2), double(y2)}});
            owners.push_back(i);
        }
    }
    const std::vector<Outcome<Points106>> points = find_106(networks, faces);
    std::vector<TextureTarget> targets;
    for (const auto* crop : crops) {
        targets.push_back({*crop, false});
    }
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (error_of(points[i]) != nullptr) {
            continue;  // the crop itself is the target then, and says so
        }
        const FaceContours contours = contours_of_106(faces[i].box, std::get<Points106>(points[i]));
        if (auto warped = fat_face(*crops[owners[i]], contours)) {
            targets[owners[i]] = {std::move(*warped), true};
        }
    }
    return targets;
}

}  // namespace hrn::front
