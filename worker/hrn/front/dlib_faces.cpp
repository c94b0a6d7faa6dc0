#include "worker/hrn/front/dlib_faces.hpp"

#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <mutex>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "worker/hrn/image/long_side.hpp"
#include "worker/model/array.hpp"

namespace hrn::front {
namespace {

using Detector = dlib::frontal_face_detector;

// A grey OpenCV matrix as dlib reads it, without a copy of the pixels' meaning: dlib wants its own image
// type.
dlib::array2d<unsigned char> dlib_image(const cv::Mat& grey) {
    dlib::array2d<unsigned char> image(grey.rows, grey.cols);
    for (int row = 0; row < grey.rows; ++row) {
        std::copy_n(grey.ptr<unsigned char>(row), grey.cols, &image[row][0]);
    }
    return image;
}

std::vector<dlib::rect_detection> detect(Detector& detector, const cv::Mat& grey, double scale) {
    cv::Mat resized = grey;
    if (scale != 1) {
        cv::resize(grey, resized, cv::Size(), scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    std::vector<dlib::rect_detection> found;
    detector(dlib_image(resized), found);
    return found;
}

dlib::rectangle scaled_back(const dlib::rectangle& rectangle, double scale) {
    const auto back = [&](long value) { return std::lround(static_cast<double>(value) / scale); };
    return {back(rectangle.left()), back(rectangle.top()), back(rectangle.right()), back(rectangle.bottom())};
}

dlib::shape_predictor read_predictor(const std::filesystem::path& file) {
    dlib::shape_predictor predictor;
    try {
        dlib::deserialize(file.string()) >> predictor;
    } catch (const dlib::serialization_error& error) {
        throw model::ModelError(file.string() +
                                ": not a readable dlib shape predictor; install libdlib-data or set [model] "
                                "landmarks (" +
                                error.what() + ")");
    }
    if (predictor.num_parts() != 68) {
        throw model::ModelError(file.string() + ": predicts " + std::to_string(predictor.num_parts()) +
                                " points, 68 are needed");
    }
    return predictor;
}

}  // namespace

struct DlibFaces::Parts {
    dlib::shape_predictor predictor;
    Detector original = dlib::get_frontal_face_detector();
    std::mutex mutex;
    std::vector<std::unique_ptr<Detector>> idle;

    std::unique_ptr<Detector> lend() {
        const std::scoped_lock lock(mutex);
        if (idle.empty()) {
            return std::make_unique<Detector>(original);
        }
        std::unique_ptr<Detector> detector = std::move(idle.back());
        idle.pop_back();
        return detector;
    }
    void take_back(std::unique_ptr<Detector> detector) {
        const std::scoped_lock lock(mutex);
        idle.push_back(std::move(detector));
    }
};

DlibFaces::DlibFaces(const std::filesystem::path& predictor_file) : parts_(std::make_unique<Parts>()) {
    parts_->predictor = read_predictor(predictor_file);
}

DlibFaces::~DlibFaces() = default;

std::vector<FoundFace> DlibFaces::find(const Photo& photo) const {
    constexpr double detection_side = 640;
    cv::Mat grey;
    cv::cvtColor(image::matrix_of(photo), grey, cv::COLOR_RGB2GRAY);
    double scale = std::min(1.0, detection_side / std::max(photo.width, photo.height));
    std::unique_ptr<Detector> detector = parts_->lend();  // if dlib throws, this copy is simply dropped
    std::vector<dlib::rect_detection> found = detect(*detector, grey, scale);
    if (found.empty()) {
        scale *= 2;
        found = detect(*detector, grey, scale);
    }
    parts_->take_back(std::move(detector));

    std::vector<FoundFace> faces;
    if (found.empty()) {
        return faces;
    }
    const dlib::array2d<unsigned char> image = dlib_image(grey);
    for (const dlib::rect_detection& detection : found) {
        const dlib::rectangle rectangle = scaled_back(detection.rect, scale);
        const dlib::full_object_detection shape = parts_->predictor(image, rectangle);
        FoundFace face;
        face.box = {static_cast<double>(rectangle.left()), static_cast<double>(rectangle.top()),
                    static_cast<double>(rectangle.right()), static_cast<double>(rectangle.bottom())};
        face.score = detection.detection_confidence;
        for (unsigned long i = 0; i < shape.num_parts(); ++i) {
            face.points[2 * i] = static_cast<float>(shape.part(i).x());
            face.points[2 * i + 1] = static_cast<float>(shape.part(i).y());
        }
        faces.push_back(face);
    }
    return faces;
}

}  // namespace hrn::front
