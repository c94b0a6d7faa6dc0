#include "worker/hrn/front/official_steps.hpp"

#include <opencv2/imgproc.hpp>
#include <optional>

#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/landmarks_106.hpp"
#include "worker/hrn/image/long_side.hpp"

namespace hrn::front {
namespace {

NetworkInput whole(const cv::Mat& rgb) {
    return {rgb, 0, 0};
}

// One pass of the 106 landmarks over the faces that have a box; the others keep their error.
std::vector<Outcome<Points106>> pass_106(const Tools& tools, const std::vector<FaceInImage>& faces,
                                         const std::vector<Outcome<Box>>& boxes) {
    std::vector<Outcome<Crop106>> crops(faces.size(), FaceError{});
    tools.crew.over(faces.size(), [&](std::size_t i) {
        crops[i] = attempt<Crop106>([&]() -> Outcome<Crop106> {
            if (const FaceError* error = error_of(boxes[i])) {
                return *error;
            }
            return crop_106(faces[i].rgb, std::get<Box>(boxes[i]));
        });
    });
    std::vector<Outcome<Points106>> results;
    NetworkInputs inputs;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < faces.size(); ++i) {
        const FaceError* error = error_of(crops[i]);
        results.emplace_back(error != nullptr ? *error : FaceError{});
        if (error == nullptr) {
            inputs.push_back(whole(std::get<Crop106>(crops[i]).image));
            owners.push_back(i);
        }
    }
    const std::vector<std::vector<float>> logits = tools.networks.logits_106(inputs);
    tools.crew.over(owners.size(), [&](std::size_t i) {
        results[owners[i]] = points_106(soft_argmax_106(logits[i]), std::get<Crop106>(crops[owners[i]]));
    });
    return results;
}

// A face on its way to 68 landmarks.
struct Progress {
    LandmarkCrop crop;
    FanFrame frame;
    cv::Mat fan;  // FAN's input
    Points68 points{};
    std::optional<FaceError> error;
};

// Runs the step on every face that has no error yet, at its place among those; a FaceFailure becomes the
// face's error.
template <typename Step>
void over_sound(const Tools& tools, std::vector<Progress>& faces, Step step) {
    std::vector<Progress*> sound;
    for (Progress& face : faces) {
        if (!face.error) {
            sound.push_back(&face);
        }
    }
    tools.crew.over(sound.size(), [&](std::size_t i) {
        try {
            step(*sound[i], i);
        } catch (const FaceFailure& failure) {
            sound[i]->error = failure.error();
        }
    });
}

// The pictures of the faces that have no error, in order.
NetworkInputs pictures_of(const std::vector<Progress>& faces, cv::Mat (*picture)(const Progress&)) {
    NetworkInputs inputs;
    for (const Progress& face : faces) {
        if (!face.error) {
            inputs.push_back(whole(picture(face)));
        }
    }
    return inputs;
}

// RetinaFace's input from a crop, and the enlargement that it was made of.
struct Enlarged {
    cv::Mat image;
    RetinaInput input;
};

Enlarged enlarged(const std::vector<std::uint8_t>& crop_224) {
    // Officially these functions are given RGB where they expect BGR, so their networks see the channels
    // swapped. Kept: it decides what they find.
    std::vector<std::uint8_t> swapped(crop_224.size());
    for (std::size_t i = 0; i + 2 < crop_224.size(); i += 3) {
        swapped[i] = crop_224[i + 2];
        swapped[i + 1] = crop_224[i + 1];
        swapped[i + 2] = crop_224[i];
    }
    Enlarged result;
    result.image = enlarge_crop(swapped);
    result.input = retina_input(result.image);
    return result;
}

}  // namespace

std::vector<std::vector<RetinaFace>> detect(const Tools& tools,
                                            const std::vector<const RetinaInput*>& inputs) {
    NetworkInputs pictures;
    for (const RetinaInput* input : inputs) {
        pictures.push_back({input->resized, input->left, input->top});
    }
    const std::vector<RetinaRaw> raw = tools.networks.retina(pictures, /*landmarks=*/false);
    std::vector<std::vector<RetinaFace>> faces(inputs.size());
    tools.crew.over(inputs.size(), [&](std::size_t i) { faces[i] = best_faces(raw[i], *inputs[i]); });
    return faces;
}

std::vector<Outcome<Points106>> find_106(const Tools& tools, const std::vector<FaceInImage>& faces) {
    std::vector<Outcome<Box>> boxes;
    for (const FaceInImage& face : faces) {
        boxes.emplace_back(face.box);
    }
    const std::vector<Outcome<Points106>> first = pass_106(tools, faces, boxes);
    for (std::size_t i = 0; i < faces.size(); ++i) {
        if (const FaceError* error = error_of(first[i])) {
            boxes[i] = *error;
        } else {
            boxes[i] = bounds_of(std::get<Points106>(first[i]));
        }
    }
    return pass_106(tools, faces, boxes);
}

std::vector<Outcome<Points68>> find_68(const Tools& tools, const std::vector<FivePointsInPhoto>& faces) {
    std::vector<Progress> progress(faces.size());
    tools.crew.over(faces.size(), [&](std::size_t i) {
        try {
            const auto square = regress_square(tools.networks.square_regressor(), faces[i].points);
            progress[i].crop = cut_landmark_crop(faces[i].rgb, square);
        } catch (const FaceFailure& failure) {
            progress[i].error = failure.error();
        }
    });
    const std::vector<S3fdRaw> raw =
        tools.networks.s3fd(pictures_of(progress, [](const Progress& face) { return face.crop.image; }));
    over_sound(tools, progress, [&](Progress& face, std::size_t i) {
        const std::vector<ScoredBox> boxes = select_s3fd(decode_s3fd(raw[i]));
        if (boxes.empty()) {
            throw FaceFailure(FaceErrorCode::no_face, "no face was found in the aligned crop");
        }
        face.frame = fan_frame({boxes[0][0], boxes[0][1], boxes[0][2], boxes[0][3]});
        face.fan = fan_crop(face.crop.image, face.frame);
    });
    const std::vector<std::vector<float>> heat =
        tools.networks.heat_maps(pictures_of(progress, [](const Progress& face) { return face.fan; }));
    over_sound(tools, progress, [&](Progress& face, std::size_t i) {
        face.points = points_in_photo(points_of_heat_maps(heat[i], face.frame), face.crop.scale,
                                      face.crop.box[0], face.crop.box[1]);
    });
    std::vector<Outcome<Points68>> results;
    for (const Progress& face : progress) {
        if (face.error) {
            results.emplace_back(*face.error);
        } else {
            results.emplace_back(face.points);
        }
    }
    return results;
}

std::vector<TextureTarget> make_texture_targets(const Tools& tools,
                                                const std::vector<const std::vector<std::uint8_t>*>& crops) {
    std::vector<Enlarged> large(crops.size());
    tools.crew.over(crops.size(), [&](std::size_t i) { large[i] = enlarged(*crops[i]); });
    std::vector<const RetinaInput*> inputs;
    for (const Enlarged& one : large) {
        inputs.push_back(&one.input);
    }
    const std::vector<std::vector<RetinaFace>> found = detect(tools, inputs);
    std::vector<FaceInImage> faces;
    std::vector<std::size_t> owners;
    std::vector<TextureTarget> targets;
    for (std::size_t i = 0; i < crops.size(); ++i) {
        targets.push_back({*crops[i], false});
        if (!found[i].empty()) {
            const auto [x1, y1, x2, y2] = found[i][0].box;
            faces.push_back({large[i].image, Box{double(x1), double(y1), double(x2), double(y2)}});
            owners.push_back(i);
        }
    }
    const std::vector<Outcome<Points106>> points = find_106(tools, faces);
    tools.crew.over(owners.size(), [&](std::size_t i) {
        if (error_of(points[i]) != nullptr) {
            return;  // the crop itself is the target then, and says so
        }
        const FaceContours contours = contours_of_106(faces[i].box, std::get<Points106>(points[i]));
        if (auto warped = fat_face(*crops[owners[i]], contours)) {
            targets[owners[i]] = {std::move(*warped), true};
        }
    });
    return targets;
}

}  // namespace hrn::front
