#include <algorithm>
#include <bit>
#include <stdexcept>

#include "worker/hrn/networks/graphed_network.hpp"

namespace hrn::networks {
namespace {

bool is_power_of_two(std::int64_t number) {
    return number > 0 && std::has_single_bit(static_cast<std::uint64_t>(number));
}

}  // namespace

BatchSizes batch_sizes_up_to(std::int64_t largest) {
    if (!is_power_of_two(largest)) {
        throw std::invalid_argument("the largest batch must be a power of two");
    }
    BatchSizes sizes;
    for (std::int64_t size = 1; size <= largest; size *= 2) {
        sizes.push_back(size);
    }
    return sizes;
}

std::vector<BatchPiece> batch_pieces(std::int64_t images, const BatchSizes& sizes) {
    if (images < 0 || sizes.empty() || !std::is_sorted(sizes.begin(), sizes.end()) ||
        !std::all_of(sizes.begin(), sizes.end(), is_power_of_two)) {
        throw std::invalid_argument("a batch is cut into pieces of powers of two, in rising order");
    }
    std::vector<BatchPiece> pieces;
    while (images > 0) {
        const auto above = std::lower_bound(sizes.begin(), sizes.end(), images);
        const bool none_below = above == sizes.begin() && *above > images;
        const bool nearly_full = above != sizes.end() && 4 * images >= 3 * *above;
        const bool full = above != sizes.end() && *above == images;
        const std::int64_t size = full || nearly_full || none_below ? *above : *(above - 1);
        const std::int64_t taken = std::min(images, size);
        pieces.push_back({taken, size});
        images -= taken;
    }
    return pieces;
}

}  // namespace hrn::networks
