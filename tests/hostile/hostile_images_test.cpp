// Hostile image files go through the real probe and decoders, each in a child of its own with a limit of
// memory and time: it is decoded or refused, and nothing else.
//
//   HRN_HOSTILE_MUTATIONS   how many mutations (default 150); HRN_HOSTILE_SEED  another seed
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "tests/hostile/hostile_files.hpp"
#include "worker/hrn/face_error.hpp"
#include "worker/hrn/image/decode.hpp"

namespace hrn::hostile {
namespace {

constexpr std::uint64_t kMaxPixels = 4'000'000;
// A picture of that many pixels as 16-bit RGBA and as 8-bit RGB, some copies of both, and what the process is
// anyway.
constexpr long kMostResidentKilobytes = static_cast<long>(kMaxPixels * (8 + 3) * 3 / 1024) + 150 * 1024;
constexpr rlim_t kMostProcessorSeconds = 20;

enum Answer : int { decoded = 0, refused = 1, no_memory = 2, something_else = 3 };

// A smooth picture with some detail, 96 x 80.
cv::Mat picture() {
    cv::Mat image(80, 96, CV_8UC3);
    for (int y = 0; y < image.rows; ++y) {
        for (int x = 0; x < image.cols; ++x) {
            image.at<cv::Vec3b>(y, x) =
                cv::Vec3b(static_cast<unsigned char>(2 * x), static_cast<unsigned char>(3 * y),
                          static_cast<unsigned char>((x * y) & 0xFF));
        }
    }
    return image;
}

std::string encode(const char* extension, const std::vector<int>& options = {}) {
    std::vector<unsigned char> bytes;
    if (!cv::imencode(extension, picture(), bytes, options)) {
        throw std::runtime_error(std::string("OpenCV cannot write ") + extension);
    }
    return {bytes.begin(), bytes.end()};
}

Sound sound_files() {
    return {encode(".jpg"),  encode(".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
            encode(".png"),  encode(".bmp"),
            encode(".webp"), encode(".tif")};
}

// In the child.
[[noreturn]] void decode_and_exit(const std::string& bytes) {
    rlimit seconds{kMostProcessorSeconds, kMostProcessorSeconds};
    ::setrlimit(RLIMIT_CPU, &seconds);
    rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    try {
        static_cast<void>(image::decode(std::as_bytes(std::span(bytes)), {kMaxPixels, 16}));
        ::_exit(decoded);
    } catch (const FaceFailure&) {
        ::_exit(refused);
    } catch (const std::bad_alloc&) {
        ::_exit(no_memory);
    } catch (...) {
        ::_exit(something_else);
    }
}

void expect_harmless(const File& file, int counts[2]) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        decode_and_exit(file.bytes);
    }
    int status = 0;
    rusage used{};
    ASSERT_EQ(::wait4(child, &status, 0, &used), child);
    ASSERT_TRUE(WIFEXITED(status)) << file.name << " ended the process by signal " << WTERMSIG(status);
    ASSERT_LE(WEXITSTATUS(status), refused) << file.name;
    EXPECT_LE(used.ru_maxrss, kMostResidentKilobytes) << file.name;
    ++counts[WEXITSTATUS(status)];
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(HostileImages, SoundOnesAreDecoded) {
    const Sound sound = sound_files();
    int counts[2] = {0, 0};
    for (const std::string* bytes :
         {&sound.jpg, &sound.progressive_jpg, &sound.png, &sound.bmp, &sound.webp, &sound.tif}) {
        expect_harmless({"sound", *bytes}, counts);
    }
    EXPECT_EQ(counts[decoded], 6);
}

TEST(HostileImages, CraftedOnesAreDecodedOrRefusedWithinTheirLimits) {
    int counts[2] = {0, 0};
    for (const File& file : crafted(sound_files())) {
        expect_harmless(file, counts);
    }
    EXPECT_GT(counts[refused], 60);
}

TEST(HostileImages, MutationsAreDecodedOrRefusedWithinTheirLimits) {
    const Sound sound = sound_files();
    const std::uint64_t seed = from_environment("HRN_HOSTILE_SEED", 20230302);
    const std::uint64_t mutations = from_environment("HRN_HOSTILE_MUTATIONS", 150);
    int counts[2] = {0, 0};
    for (std::uint64_t number = 0; number < mutations; ++number) {
        expect_harmless(mutated(sound, seed, number), counts);
    }
    EXPECT_EQ(static_cast<std::uint64_t>(counts[decoded] + counts[refused]), mutations);
}

}  // namespace
}  // namespace hrn::hostile
