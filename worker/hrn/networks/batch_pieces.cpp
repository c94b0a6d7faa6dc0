#include <algorithm>
#include <bit>
#include <stdexcept>

#include "worker/hrn/networks/graphed_network.hpp"

namespace hrn::networks {

std::vector<BatchPiece> batch_pieces(std::int64_t images, std::int64_t largest) {
    if (images < 0 || largest < 1 || !std::has_single_bit(static_cast<std::uint64_t>(largest))) {
        throw std::invalid_argument("a batch is cut into pieces of powers of two");
    }
    std::vector<BatchPiece> pieces;
    while (images > 0) {
        const auto above = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(images)));
        // Exactly full, or nearly so: one piece. Else the largest that is wholly used.
        const bool nearly = 4 * images >= 3 * above;
        const std::int64_t size = std::min(nearly ? above : above / 2, largest);
        const std::int64_t taken = std::min(images, size);
        pieces.push_back({taken, size});
        images -= taken;
    }
    return pieces;
}

}  // namespace hrn::networks
