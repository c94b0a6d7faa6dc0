#include "worker/hrn/image/decode.hpp"

#include <climits>
#include <cstring>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "worker/hrn/image/first_frame.hpp"
#include "worker/hrn/image/jpeg_pixels.hpp"
#include "worker/hrn/image/tiff_directory.hpp"

namespace hrn::image {
namespace {

// Throws away everything but the first line of a library's message.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

[[noreturn]] void throw_unreadable(const ImageInfo& info, const std::string& what) {
    throw FaceFailure(FaceErrorCode::unreadable_image,
                      "this " + std::string(format_name(info.format)) + " file " + what);
}

cv::Mat decode_stored(std::span<const std::byte> file, const ImageInfo& info) {
    if (file.size() > INT_MAX) {
        throw_unreadable(info, "is larger than 2 GiB");
    }
    const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8UC1,
                        const_cast<std::byte*>(file.data()));  // OpenCV has no read-only matrix
    cv::Mat bgr;
    try {
        bgr = cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    } catch (const cv::Exception& error) {
        if (error.code == cv::Error::StsNoMem) {
            throw std::bad_alloc();
        }
        throw_unreadable(info, "cannot be decoded: " + first_line(error.err));
    }
    if (bgr.empty()) {
        throw_unreadable(info, "is damaged: its decoder gave up");
    }
    if (static_cast<std::uint64_t>(bgr.cols) != info.width ||
        static_cast<std::uint64_t>(bgr.rows) != info.height) {
        throw_unreadable(info, "has another size than its header says");
    }
    return bgr;
}

// OpenCV's TIFF decoder turns the picture by itself, for some sample types only and whatever one asks. So it
// gets a copy in which the tag says "upright".
std::vector<std::byte> with_upright_tag(std::span<const std::byte> file) {
    std::vector<std::byte> copy(file.begin(), file.end());
    const ByteView view(file);
    const auto header = tiff_file_header(view);
    const auto directory =
        header ? tiff_directory(view, header->order, header->first_directory) : std::nullopt;
    const auto field = directory ? directory->field(view, tiff_tag::orientation) : std::nullopt;
    if (field) {
        std::memset(copy.data() + field->values_at, 0, field->value_size);
        const std::size_t lowest_byte = header->order == ByteOrder::little ? 0 : field->value_size - 1;
        copy[field->values_at + lowest_byte] = std::byte{1};
    }
    return copy;
}

// EXIF orientations: where the first row and column of the stored picture belong.
void make_upright(cv::Mat& image, int orientation) {
    switch (orientation) {
        case 2:
            cv::flip(image, image, 1);
            break;
        case 3:
            cv::flip(image, image, -1);
            break;
        case 4:
            cv::flip(image, image, 0);
            break;
        case 5:
            cv::transpose(image, image);
            break;
        case 6:
            cv::rotate(image, image, cv::ROTATE_90_CLOCKWISE);
            break;
        case 7:
            cv::transpose(image, image);
            cv::flip(image, image, -1);
            break;
        case 8:
            cv::rotate(image, image, cv::ROTATE_90_COUNTERCLOCKWISE);
            break;
        default:
            break;
    }
}

// Stored pixels as a photo.
Photo upright(std::vector<std::uint8_t> rgb, const ImageInfo& info) {
    Photo photo{static_cast<int>(info.width), static_cast<int>(info.height), std::move(rgb)};
    if (info.orientation == 1) {
        return photo;
    }
    cv::Mat turned(photo.height, photo.width, CV_8UC3, photo.rgb.data());
    turned = turned.clone();  // turning in place would write over what is still to be read
    make_upright(turned, info.orientation);
    photo.width = turned.cols;
    photo.height = turned.rows;
    photo.rgb.assign(turned.datastart, turned.dataend);
    return photo;
}

}  // namespace

Photo decode(std::span<const std::byte> file, const ProbeLimits& limits) {
    const ProbeResult probed = probe(file, limits);
    if (probed.error) {
        throw FaceFailure(*probed.error);
    }
    const ImageInfo& info = probed.info;
    if (const std::optional<FaceError> fault = check_whole(file, info)) {
        throw FaceFailure(*fault);
    }
    if (info.format == Format::jpeg) {
        if (auto rgb = jpeg_pixels(file, info.width, info.height)) {
            return upright(std::move(*rgb), info);
        }
    }
    cv::Mat image;
    if (info.format == Format::webp && is_animated_webp(file)) {
        const FirstFrame frame = first_webp_frame(file);
        ImageInfo frame_info = info;
        frame_info.width = frame.width;
        frame_info.height = frame.height;
        const cv::Mat part = decode_stored(frame.file, frame_info);
        image = cv::Mat::zeros(static_cast<int>(info.height), static_cast<int>(info.width), CV_8UC3);
        part.copyTo(
            image(cv::Rect(static_cast<int>(frame.left), static_cast<int>(frame.top), part.cols, part.rows)));
    } else if (info.format == Format::tiff && info.orientation != 1) {
        image = decode_stored(with_upright_tag(file), info);
    } else {
        image = decode_stored(file, info);
    }
    make_upright(image, info.orientation);
    Photo photo;
    photo.width = image.cols;
    photo.height = image.rows;
    photo.rgb.resize(std::size_t{3} * image.cols * image.rows);
    cv::Mat rgb(image.rows, image.cols, CV_8UC3, photo.rgb.data());
    cv::cvtColor(image, rgb, cv::COLOR_BGR2RGB);
    return photo;
}

}  // namespace hrn::image
