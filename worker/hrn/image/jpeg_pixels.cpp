#include "worker/hrn/image/jpeg_pixels.hpp"

#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it before

#include <jpeglib.h>

#include <algorithm>
#include <array>

namespace hrn::image {
namespace {

constexpr int lines_at_once = 16;

// libjpeg ends an error by leaving through here; nothing with a destructor lives between a step's beginning
// and the library.
struct ErrorHandling {
    jpeg_error_mgr standard;  // the first member: libjpeg gives back its address
    std::jmp_buf way_out;
};

[[noreturn]] void leave(j_common_ptr info) {
    std::longjmp(reinterpret_cast<ErrorHandling*>(info->err)->way_out, 1);
}

void count_warning(j_common_ptr info, int level) {
    if (level < 0) {
        ++info->err->num_warnings;
    }
}

// One file being decoded. Each step is false when libjpeg has given up.
class Decompressor {
public:
    explicit Decompressor(std::span<const std::byte> file) : file_(file) {
        info_.err = jpeg_std_error(&errors_.standard);
        errors_.standard.error_exit = leave;
        errors_.standard.emit_message = count_warning;
    }
    ~Decompressor() {
        if (made_) {
            jpeg_destroy_decompress(&info_);
        }
    }
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;

    [[nodiscard]] bool read_header() {
        if (setjmp(errors_.way_out) != 0) {
            return false;
        }
        jpeg_create_decompress(&info_);
        made_ = true;
        jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(file_.data()),
                     static_cast<unsigned long>(file_.size()));
        return jpeg_read_header(&info_, TRUE) == JPEG_HEADER_OK;
    }
    // Grey or three colours, with tables: OpenCV has its own for a film's frames, which have none.
    [[nodiscard]] bool is_ordinary() const {
        const auto none = [](const auto& tables) { return tables[0] == nullptr && tables[1] == nullptr; };
        return (info_.num_components == 1 || info_.num_components == 3) &&
               !(none(info_.ac_huff_tbl_ptrs) && none(info_.dc_huff_tbl_ptrs));
    }
    [[nodiscard]] bool has_size(std::uint64_t width, std::uint64_t height) const {
        return info_.image_width == width && info_.image_height == height;
    }
    [[nodiscard]] bool start() {
        if (setjmp(errors_.way_out) != 0) {
            return false;
        }
        info_.out_color_space = JCS_RGB;
        info_.out_color_components = 3;
        return jpeg_start_decompress(&info_) == TRUE;
    }
    [[nodiscard]] bool finished() const { return info_.output_scanline >= info_.output_height; }
    // At least one line into rows of `stride` bytes, of which there are lines_at_once; 0: given up.
    [[nodiscard]] JDIMENSION read_lines(std::uint8_t* to, std::size_t stride) {
        std::array<JSAMPROW, lines_at_once> rows{};
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i] = to + stride * i;
        }
        if (setjmp(errors_.way_out) != 0) {
            return 0;
        }
        return jpeg_read_scanlines(&info_, rows.data(), lines_at_once);
    }
    [[nodiscard]] bool content() const { return errors_.standard.num_warnings == 0; }

private:
    std::span<const std::byte> file_;
    ErrorHandling errors_{};
    jpeg_decompress_struct info_{};
    bool made_ = false;
};

}  // namespace

std::optional<std::vector<std::uint8_t>> jpeg_pixels(std::span<const std::byte> file, std::uint64_t width,
                                                     std::uint64_t height) {
    Decompressor jpeg(file);
    if (!jpeg.read_header() || !jpeg.is_ordinary() || !jpeg.has_size(width, height) || !jpeg.start()) {
        return std::nullopt;
    }
    const std::size_t stride = std::size_t{3} * width;
    // Lines go through a buffer that the nearest cache holds: memory that is written to once need not be
    // cleared before.
    std::vector<std::uint8_t> lines(stride * lines_at_once);
    std::vector<std::uint8_t> rgb;
    rgb.reserve(stride * height);
    while (!jpeg.finished()) {
        const std::size_t count = jpeg.read_lines(lines.data(), stride);
        if (count == 0 || !jpeg.content()) {
            return std::nullopt;
        }
        rgb.insert(rgb.end(), lines.data(), lines.data() + stride * count);
    }
    return rgb;
}

}  // namespace hrn::image
