// Thousands of mutations of sound inputs, the same in every run: the fuzz targets' readers in every build,
// sanitizers included. A crash, a hang or an exception is the failure.
#include "tests/fuzz/hostile_bytes.hpp"

#include <gtest/gtest.h>

#include <random>

namespace hrn::fuzz {
namespace {

struct Reader {
    const char* name;
    void (*read)(Bytes);
    std::vector<std::string> (*seeds)();
    int mutations;  // a seed
};

// Overwrites, inserts, removes or doubles a piece, one to eight times.
std::string mutate(std::string text, std::mt19937& random) {
    for (unsigned left = 1 + random() % 8; left > 0; --left) {
        const std::size_t at = text.empty() ? 0 : random() % text.size();
        switch (random() % 5) {
            case 0:
                if (!text.empty()) {
                    text[at] = static_cast<char>(random());
                }
                break;
            case 1:
                text.insert(at, 1 + random() % 16, static_cast<char>(random()));
                break;
            case 2:
                text.erase(at, 1 + random() % 16);
                break;
            case 3:
                text.insert(at, text.substr(at, 1 + random() % 64));
                break;
            default:
                for (std::size_t i = at; i < std::min(text.size(), at + 8); ++i) {
                    text[i] = static_cast<char>(random() % 2 == 0 ? 0xFF : 0);
                }
        }
    }
    return text;
}

class HostileBytes : public ::testing::TestWithParam<Reader> {};

TEST_P(HostileBytes, AreReadWithoutHarm) {
    const Reader& reader = GetParam();
    std::mt19937 random(20230302);
    for (const std::string& seed : reader.seeds()) {
        reader.read(std::as_bytes(std::span(seed)));
        for (int i = 0; i < reader.mutations; ++i) {
            const std::string text = mutate(seed, random);
            SCOPED_TRACE(::testing::PrintToString(text));
            ASSERT_NO_THROW(reader.read(std::as_bytes(std::span(text))));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Of, HostileBytes,
                         ::testing::Values(Reader{"AnImageHeader", read_image_header, image_seeds, 4000},
                                           Reader{"AConfiguration", read_configuration, configuration_seeds,
                                                  100},
                                           Reader{"ARequest", read_requests, request_seeds, 2000},
                                           Reader{"ASegment", read_segment_after_stores, segment_seeds, 50}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace hrn::fuzz
