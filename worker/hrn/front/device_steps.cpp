#include "worker/hrn/front/device_steps.hpp"

#include "worker/hrn/front/face_warp.hpp"
#include "worker/hrn/front/landmarks_106.hpp"

namespace hrn::front {
namespace {

// Faces with a value, and where they stand in the list.
template <typename Value>
std::vector<std::size_t> sound_of(const std::vector<Outcome<Value>>& outcomes) {
    std::vector<std::size_t> sound;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (error_of(outcomes[i]) == nullptr) {
            sound.push_back(i);
        }
    }
    return sound;
}

// The error where there is one, else a value that is still to be filled in.
template <typename To, typename From>
std::vector<Outcome<To>> errors_of(const std::vector<Outcome<From>>& outcomes) {
    std::vector<Outcome<To>> errors;
    for (const Outcome<From>& outcome : outcomes) {
        if (const FaceError* error = error_of(outcome)) {
            errors.emplace_back(*error);
        } else {
            errors.emplace_back(To{});
        }
    }
    return errors;
}

// One pass of the 106 landmarks over pictures on the device; boxes[i] is in picture owners[i].
std::vector<Outcome<Points106>> pass_106(const Tools& tools, const DeviceChain& device,
                                         const DevicePictures& pictures,
                                         const std::vector<std::size_t>& owners,
                                         const std::vector<Outcome<Box>>& boxes) {
    std::vector<Outcome<Frame106>> frames;
    for (const Outcome<Box>& box : boxes) {
        frames.push_back(attempt<Frame106>([&]() -> Outcome<Frame106> {
            if (const FaceError* error = error_of(box)) {
                return *error;
            }
            return frame_106({pictures.side(), pictures.side()}, std::get<Box>(box));
        }));
    }
    const std::vector<std::size_t> sound = sound_of(frames);
    std::vector<PictureCut> cuts;
    for (const std::size_t i : sound) {
        cuts.push_back({owners[i], std::get<Frame106>(frames[i]).wanted});
    }
    const DevicePicturesPointer crops =
        device.cut(pictures, cuts, {.side = crop_106_side, .border = border_106});
    const std::vector<std::vector<float>> logits = device.logits_106(*crops);
    std::vector<Outcome<Points106>> points = errors_of<Points106>(frames);
    tools.crew.over(sound.size(), [&](std::size_t i) {
        points[sound[i]] = points_106(soft_argmax_106(logits[i]), std::get<Frame106>(frames[sound[i]]));
    });
    return points;
}

std::vector<Outcome<Points106>> find_106_on_device(const Tools& tools, const DeviceChain& device,
                                                   const DevicePictures& pictures,
                                                   const std::vector<std::size_t>& owners,
                                                   const std::vector<Box>& found) {
    std::vector<Outcome<Box>> boxes(found.begin(), found.end());
    const std::vector<Outcome<Points106>> first = pass_106(tools, device, pictures, owners, boxes);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        if (const FaceError* error = error_of(first[i])) {
            boxes[i] = *error;
        } else {
            boxes[i] = bounds_of(std::get<Points106>(first[i]));
        }
    }
    return pass_106(tools, device, pictures, owners, boxes);
}

// OpenCV resizes the flow by taking means then, which the device's kernel does not.
bool flow_is_halved(const FaceContours& contours) {
    constexpr int half_of_pattern = 50;
    return flow_square(contours.box).side == half_of_pattern;
}

}  // namespace

std::vector<Outcome<Points68>> find_68_on_device(const Tools& tools, const DeviceChain& device,
                                                 const std::vector<FivePointsInPhoto>& faces) {
    std::vector<Outcome<LandmarkFrame>> frames;
    for (const FivePointsInPhoto& face : faces) {
        frames.push_back(attempt<LandmarkFrame>([&]() -> Outcome<LandmarkFrame> {
            return landmark_frame(face.rgb.size(),
                                  regress_square(tools.networks.square_regressor(), face.points));
        }));
    }
    std::vector<Outcome<Points68>> results = errors_of<Points68>(frames);
    std::vector<std::size_t> sound = sound_of(frames);
    std::vector<PhotoCut> cuts;
    for (const std::size_t i : sound) {
        cuts.push_back({faces[i].rgb, std::get<LandmarkFrame>(frames[i]).wanted});
    }
    const DevicePicturesPointer crops = device.cut(cuts, {.side = crop_a_side, .cubic = true}, tools.crew);
    const std::vector<S3fdRaw> raw = device.s3fd(*crops);

    // Of the crops in which S3FD has found a face.
    struct InCrop {
        std::size_t face = 0;
        FanFrame frame;
        cv::Rect square;
    };
    std::vector<Outcome<InCrop>> squares(sound.size(), FaceError{});
    tools.crew.over(sound.size(), [&](std::size_t i) {
        squares[i] = attempt<InCrop>([&]() -> Outcome<InCrop> {
            const std::vector<ScoredBox> boxes = select_s3fd(decode_s3fd(raw[i]));
            if (boxes.empty()) {
                return FaceError{FaceErrorCode::no_face, "no face was found in the aligned crop"};
            }
            const FanFrame frame = fan_frame({boxes[0][0], boxes[0][1], boxes[0][2], boxes[0][3]});
            return InCrop{sound[i], frame, fan_square(frame)};
        });
    });
    std::vector<InCrop> found;
    std::vector<PictureCut> fan_cuts;
    for (std::size_t i = 0; i < squares.size(); ++i) {
        if (const FaceError* error = error_of(squares[i])) {
            results[sound[i]] = *error;
        } else {
            found.push_back(std::get<InCrop>(squares[i]));
            fan_cuts.push_back({i, found.back().square});
        }
    }
    const DevicePicturesPointer fan = device.cut(*crops, fan_cuts, {.side = fan_side});
    const std::vector<std::vector<float>> heat = device.heat_maps(*fan);
    tools.crew.over(found.size(), [&](std::size_t i) {
        const auto& frame = std::get<LandmarkFrame>(frames[found[i].face]);
        results[found[i].face] = points_in_photo(points_of_heat_maps(heat[i], found[i].frame), frame.scale,
                                                 frame.box[0], frame.box[1]);
    });
    return results;
}

std::vector<TextureTarget> make_texture_targets_on_device(
    const Tools& tools, const DeviceChain& device, const DevicePictures& crops,
    const std::vector<const std::vector<std::uint8_t>*>& bytes) {
    const auto whole_of = [](const DevicePictures& pictures) {
        std::vector<PictureCut> cuts;
        for (std::size_t i = 0; i < pictures.count(); ++i) {
            cuts.push_back({i, {0, 0, pictures.side(), pictures.side()}});
        }
        return cuts;
    };
    // Channels swapped as in make_texture_targets().
    const DevicePicturesPointer large =
        device.cut(crops, whole_of(crops), {.side = enlarged_side, .cubic = true, .swapped = true});
    const DevicePicturesPointer inputs = device.cut(*large, whole_of(*large), {.side = retina_side});
    const std::vector<RetinaRaw> raw = device.retina(*inputs);
    std::vector<std::vector<RetinaFace>> found(bytes.size());
    tools.crew.over(bytes.size(), [&](std::size_t i) {
        found[i] = best_faces(raw[i], {{}, 0, 0, enlarged_side, enlarged_side});
    });

    std::vector<TextureTarget> targets;
    std::vector<std::size_t> owners;
    std::vector<Box> boxes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        targets.push_back({*bytes[i], false});
        if (!found[i].empty()) {
            const auto [x1, y1, x2, y2] = found[i][0].box;
            boxes.push_back({double(x1), double(y1), double(x2), double(y2)});
            owners.push_back(i);
        }
    }
    const std::vector<Outcome<Points106>> points = find_106_on_device(tools, device, *large, owners, boxes);
    std::vector<WarpOrder> orders;
    for (std::size_t i = 0; i < owners.size(); ++i) {
        if (error_of(points[i]) != nullptr) {
            continue;  // the crop itself is the target then, and says so
        }
        const FaceContours contours = contours_of_106(boxes[i], std::get<Points106>(points[i]));
        if (!flow_is_halved(contours)) {
            orders.push_back({owners[i], contours});
        } else if (auto warped = fat_face(*bytes[owners[i]], contours)) {
            targets[owners[i]] = {std::move(*warped), true};
        }
    }
    auto warped = device.warped(crops, orders, tools.crew);
    for (std::size_t i = 0; i < orders.size(); ++i) {
        if (warped[i]) {
            targets[orders[i].picture] = {std::move(*warped[i]), true};
        }
    }
    return targets;
}

}  // namespace hrn::front
