// Walking the RIFF chunks of a WebP file. Header-only, pure, any thread; a chunk that does not lie wholly in
// the file is nothing.
#pragma once

#include <cstddef>
#include <optional>

#include "worker/hrn/image/byte_view.hpp"

namespace hrn::image {

struct WebpChunk {
    std::size_t name_at = 0;  // four letters
    std::size_t data_at = 0;
    std::size_t length = 0;
    std::size_t next = 0;  // where the next chunk begins (data are padded to an even length)
};

[[nodiscard]] inline std::optional<WebpChunk> webp_chunk(ByteView file, std::size_t at) {
    const auto length = file.u32(at + 4, ByteOrder::little);
    if (!length || !file.has(at + 8, *length)) {
        return std::nullopt;
    }
    return WebpChunk{at, at + 8, *length, at + 8 + *length + (*length & 1)};
}

}  // namespace hrn::image
