// Ten thousand damaged model files, from a seed: each is read or refused, nothing else (run under the
// address sanitizer by the asan build).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/torch_bytes.hpp"

namespace hrn::model {
namespace {

constexpr int kMutants = 10'000;
constexpr std::uint32_t kSeed = 20230302;

std::vector<std::string> fixtures() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(HRN_TEST_DATA_DIR) / "golden/fixtures")) {
        if (entry.path().extension() == ".pt") {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> out;
    for (const auto& path : paths) {
        std::ifstream in(path, std::ios::binary);
        out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return out;
}

// One to three changes: a byte, a bit, an interesting number, a removed, repeated or foreign part.
class Mutator {
public:
    explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

    std::string next() {
        std::string file = seeds_[below(seeds_.size())];
        for (std::size_t change = 0, changes = 1 + below(3); change < changes && file.size() > 8; ++change) {
            mutate(file);
        }
        return file;
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void mutate(std::string& file) {
        const std::size_t at = below(file.size());
        const std::size_t length = std::min(1 + below(64), file.size() - at);
        switch (below(6)) {
            case 0:
                file[at] = static_cast<char>(below(256));
                break;
            case 1:
                file[at] = static_cast<char>(file[at] ^ (1 << below(8)));
                break;
            case 2:
                for (std::size_t i = 0; i < std::min<std::size_t>(length, 8); ++i) {
                    file[at + i] = static_cast<char>(below(2) ? 0xFF : 0x7F);
                }
                break;
            case 3:
                file.erase(at, length);
                break;
            case 4:
                file.insert(below(file.size()), file.substr(at, length));
                break;
            default: {
                const std::string& other = seeds_[below(seeds_.size())];
                const std::size_t from = below(other.size());
                file.replace(at, length, other.substr(from, length));
                break;
            }
        }
    }

    const std::vector<std::string>& seeds_;
    std::mt19937 random_{kSeed};
};

TEST(TorchMutations, EveryDamagedFileIsReadOrRefused) {
    const auto seeds = fixtures();
    ASSERT_FALSE(seeds.empty());
    Mutator mutator(seeds);
    int accepted = 0;
    for (int i = 0; i < kMutants; ++i) {
        const auto file = mutator.next();
        accepted += read_hostile_torch_bytes(std::as_bytes(std::span(file))) ? 1 : 0;
    }
    // Both must occur, or the mutants do not reach what they should.
    EXPECT_GT(accepted, kMutants / 20);
    EXPECT_LT(accepted, kMutants * 19 / 20);
}

}  // namespace
}  // namespace hrn::model
