#include <gtest/gtest.h>

#include <stdexcept>

#include "worker/hrn/networks/graphed_network.hpp"

namespace hrn::networks {
namespace {

std::vector<std::pair<std::int64_t, std::int64_t>> pieces(std::int64_t images, std::int64_t largest) {
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const BatchPiece& piece : batch_pieces(images, batch_sizes_up_to(largest))) {
        out.emplace_back(piece.images, piece.size);
    }
    return out;
}

using Pieces = std::vector<std::pair<std::int64_t, std::int64_t>>;

TEST(BatchPieces, APowerOfTwoIsOnePiece) {
    EXPECT_EQ(pieces(1, 32), (Pieces{{1, 1}}));
    EXPECT_EQ(pieces(8, 32), (Pieces{{8, 8}}));
    EXPECT_EQ(pieces(32, 32), (Pieces{{32, 32}}));
}

TEST(BatchPieces, ABatchOverTheLargestIsCut) {
    EXPECT_EQ(pieces(32, 16), (Pieces{{16, 16}, {16, 16}}));
    EXPECT_EQ(pieces(40, 16), (Pieces{{16, 16}, {16, 16}, {8, 8}}));
}

TEST(BatchPieces, ANearlyFullPieceIsFilledUp) {
    EXPECT_EQ(pieces(3, 32), (Pieces{{3, 4}}));
    EXPECT_EQ(pieces(31, 32), (Pieces{{31, 32}}));
}

TEST(BatchPieces, AHalfFullOneIsNot) {
    EXPECT_EQ(pieces(5, 32), (Pieces{{4, 4}, {1, 1}}));
    EXPECT_EQ(pieces(20, 32), (Pieces{{16, 16}, {4, 4}}));
}

TEST(BatchPieces, EveryImageHasItsPlaceAndAtMostAQuarterIsIdle) {
    for (std::int64_t images = 0; images <= 200; ++images) {
        std::int64_t held = 0;
        std::int64_t places = 0;
        for (const BatchPiece& piece : batch_pieces(images, batch_sizes_up_to(64))) {
            EXPECT_LE(piece.images, piece.size);
            EXPECT_LE(piece.size, 64);
            held += piece.images;
            places += piece.size;
        }
        EXPECT_EQ(held, images);
        EXPECT_LE(3 * places, 4 * images) << images;
    }
}

TEST(BatchPieces, WithOneSizeEveryPieceHasIt) {
    for (std::int64_t images = 1; images <= 40; ++images) {
        std::int64_t held = 0;
        for (const BatchPiece& piece : batch_pieces(images, {8})) {
            EXPECT_EQ(piece.size, 8);
            held += piece.images;
        }
        EXPECT_EQ(held, images);
    }
}

TEST(BatchPieces, SizesMayBeMissing) {
    const std::vector<BatchPiece> got = batch_pieces(21, {4, 16});
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0].size, 16);
    EXPECT_EQ(got[1].size, 4);
    EXPECT_EQ(got[2].size, 4);
    EXPECT_EQ(got[2].images, 1);
}

TEST(BatchPieces, RefusesSizesThatAreNoRisingPowersOfTwo) {
    EXPECT_THROW(static_cast<void>(batch_pieces(4, {12})), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(batch_pieces(4, {8, 4})), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(batch_pieces(4, {})), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(batch_pieces(-1, {16})), std::invalid_argument);
    EXPECT_THROW(static_cast<void>(batch_sizes_up_to(12)), std::invalid_argument);
}

}  // namespace
}  // namespace hrn::networks
