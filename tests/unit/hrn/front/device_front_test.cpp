// The official front end on a device: pictures cut there or by the CPU give the same faces, and a photo's
// faces do not depend on what else is being computed, down to the last bit. Skipped without a device.
#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <atomic>
#include <opencv2/core.hpp>
#include <thread>

#include "tests/bench/portraits.hpp"
#include "worker/hrn/front/official_front_end.hpp"
#include "worker/hrn/image/decode.hpp"
#include "worker/hrn/networks/placement.hpp"
#include "worker/model/mat_file.hpp"
#include "worker/model/model_directory.hpp"

namespace hrn::front {
namespace {

// The same networks for several front ends, whose pictures are cut on the device or by the CPU.
template <bool cut_there>
class Shared final : public OfficialNetworks {
public:
    explicit Shared(std::shared_ptr<OfficialNetworks> networks) : networks_(std::move(networks)) {}
    std::vector<RetinaRaw> retina(const NetworkInputs& inputs, bool landmarks) const override {
        return networks_->retina(inputs, landmarks);
    }
    std::vector<std::vector<float>> logits_106(const NetworkInputs& inputs) const override {
        return networks_->logits_106(inputs);
    }
    std::vector<S3fdRaw> s3fd(const NetworkInputs& inputs) const override { return networks_->s3fd(inputs); }
    std::vector<std::vector<float>> heat_maps(const NetworkInputs& inputs) const override {
        return networks_->heat_maps(inputs);
    }
    const SquareRegressor& square_regressor() const override { return networks_->square_regressor(); }
    const DeviceChain* on_device() const override { return cut_there ? networks_->on_device() : nullptr; }
    std::vector<std::string> settle(int largest) override { return networks_->settle(largest); }

private:
    std::shared_ptr<OfficialNetworks> networks_;
};
using CutOnTheDevice = Shared<true>;
using CutByTheCpu = Shared<false>;

constexpr std::size_t portraits = 24;  // as many as bench_service has

class DeviceFront : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (!at::hasCUDA()) {
            return;
        }
        const c10::InferenceMode inference;
        networks::apply_precision(networks::parse_placement("cuda:0", "fp16"));
        cv::setNumThreads(1);
        directory_ = std::make_unique<model::ModelDirectory>(std::string(HRN_TEST_MODELS_DIR) + "/test");
        networks_ = load_official_networks(*directory_, "cuda:0", "fp16");
        const cv::Mat astronaut = bench::read_portrait(std::string(HRN_TEST_DATA_DIR) + "/astronaut.png");
        for (unsigned seed = 1; seed <= portraits; ++seed) {
            const auto file = bench::make_portrait(astronaut, 2, seed);
            photos_.push_back(image::decode(std::as_bytes(std::span(file))));
        }
    }
    static void TearDownTestSuite() {
        photos_.clear();
        networks_.reset();
        directory_.reset();
    }
    void SetUp() override {
        if (!at::hasCUDA()) {
            GTEST_SKIP() << "no CUDA device";
        }
    }

    template <typename Networks>
    static std::unique_ptr<OfficialFrontEnd> front_end() {
        const model::MatFile file = model::read_mat(directory_->require(model::file::similarity), {"lm"});
        auto made = std::make_unique<OfficialFrontEnd>(
            standard_points(file.require("lm", {68, 3}).to_doubles()), std::make_unique<Networks>(networks_),
            FrontEndOptions{.threads = 6}, nullptr, std::vector<std::string>{});
        made->warm_up(32);
        EXPECT_TRUE(made->warnings().empty()) << made->warnings().front();
        return made;
    }

    // `count` portraits from the `first` one on, as one batch.
    static std::vector<FrontResult> align(FrontEnd& front_end, std::size_t first, std::size_t count) {
        std::vector<std::unique_ptr<PreparedPhoto>> prepared;
        std::vector<PreparedPhoto*> pointers;
        for (std::size_t i = 0; i < count; ++i) {
            prepared.push_back(front_end.prepare(photos_[(first + i) % portraits]));
            pointers.push_back(prepared.back().get());
        }
        return front_end.align(pointers);
    }

    static std::vector<FrontResult> alone(FrontEnd& front_end) {
        std::vector<FrontResult> results;
        for (std::size_t i = 0; i < portraits; ++i) {
            results.push_back(std::move(align(front_end, i, 1).front()));
        }
        return results;
    }

    // What differs first, or "".
    static std::string difference(const FrontResult& a, const FrontResult& b) {
        if (a.error.has_value() != b.error.has_value()) {
            return "one has an error: " + (a.error ? a.error->message : b.error->message);
        }
        if (a.error) {
            return a.error->message == b.error->message ? "" : "other errors";
        }
        if (a.faces_detected != b.faces_detected || a.faces.size() != b.faces.size()) {
            return "other faces";
        }
        for (std::size_t i = 0; i < a.faces.size(); ++i) {
            const AlignedFace& one = a.faces[i];
            const AlignedFace& other = b.faces[i];
            if (one.box != other.box || one.detector_score != other.detector_score) {
                return "the box or its score";
            }
            if (one.landmarks_photo != other.landmarks_photo || one.landmarks_224 != other.landmarks_224) {
                return "the landmarks";
            }
            if (one.image_224 != other.image_224 || one.image_512 != other.image_512) {
                return "the crops";
            }
            if (one.warped != other.warped || one.texture_target_224 != other.texture_target_224) {
                return "the texture target";
            }
            if (one.mask_224 != other.mask_224 || one.scale_512 != other.scale_512) {
                return "the mask or the frame";
            }
        }
        return "";
    }

    static std::unique_ptr<model::ModelDirectory> directory_;
    static std::shared_ptr<OfficialNetworks> networks_;
    static std::vector<Photo> photos_;
};
std::unique_ptr<model::ModelDirectory> DeviceFront::directory_;
std::shared_ptr<OfficialNetworks> DeviceFront::networks_;
std::vector<Photo> DeviceFront::photos_;

TEST_F(DeviceFront, PicturesCutThereGiveTheFacesOfPicturesCutByTheCpu) {
    const auto there = front_end<CutOnTheDevice>();
    const auto here = front_end<CutByTheCpu>();
    std::size_t faces = 0;
    std::size_t warped = 0;
    for (std::size_t i = 0; i < portraits; ++i) {
        const auto got = align(*there, i, 1);
        const auto want = align(*here, i, 1);
        EXPECT_EQ(difference(got.front(), want.front()), "") << "portrait " << i;
        for (const AlignedFace& face : want.front().faces) {
            ++faces;
            warped += face.warped ? 1 : 0;
        }
    }
    EXPECT_GT(faces, portraits / 2);
    std::cout << faces << " faces, " << warped << " of them warped\n";
}

TEST_F(DeviceFront, AFaceIsTheSameInABatchOfAnySizeAndAtAnyPlace) {
    const auto front = front_end<CutOnTheDevice>();
    const std::vector<FrontResult> want = alone(*front);
    for (std::size_t size = 1; size <= 32; ++size) {
        const std::size_t first = 7 * size % portraits;
        const std::vector<FrontResult> got = align(*front, first, size);
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t photo = (first + i) % portraits;
            EXPECT_EQ(difference(got[i], want[photo]), "")
                << "portrait " << photo << " in a batch of " << size << " at " << i;
        }
    }
}

TEST_F(DeviceFront, AFaceIsTheSameWhileOthersAreComputed) {
    const auto front = front_end<CutOnTheDevice>();
    const std::vector<FrontResult> want = alone(*front);
    std::atomic<int> differ{0};
    std::vector<std::thread> lanes;
    for (unsigned lane = 0; lane < 6; ++lane) {
        lanes.emplace_back([&, lane] {
            for (unsigned round = 0; round < 10; ++round) {
                const std::size_t size = 1 + (11 * lane + 5 * round) % 32;
                const std::size_t first = 5 * round + lane;
                const std::vector<FrontResult> got = align(*front, first, size);
                for (std::size_t i = 0; i < size; ++i) {
                    differ += difference(got[i], want[(first + i) % portraits]).empty() ? 0 : 1;
                }
            }
        });
    }
    for (std::thread& lane : lanes) {
        lane.join();
    }
    EXPECT_EQ(differ, 0);
}

}  // namespace
}  // namespace hrn::front
