#include "worker/runtime/batch_runner.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/runtime/fake_work.hpp"

namespace hrn::runtime {
namespace {

using test::FakeWork;
using test::Word;

// Runs these words as one batch; each outcome as text: "ok", or the name of its error.
std::vector<std::string> run(BatchRunner& runner, const std::vector<std::string>& words) {
    std::vector<Word> items(words.begin(), words.end());
    std::vector<Prepared*> batch;
    for (Word& item : items) {
        batch.push_back(&item);
    }
    std::vector<std::string> texts;
    for (const Outcome& outcome : runner.run(batch, [] {})) {
        const auto* failure = std::get_if<TaskFailure>(&outcome);
        texts.emplace_back(failure == nullptr ? "ok" : error_name(failure->code));
        EXPECT_TRUE(failure == nullptr || failure->stage == Stage::infer);
    }
    return texts;
}

using Texts = std::vector<std::string>;

TEST(BatchRunner, RunsABatchInOneCall) {
    FakeWork work;
    BatchRunner runner(work, 4);
    EXPECT_EQ(run(runner, {"good", "no-face", "good"}), (Texts{"ok", "no_face", "ok"}));
    EXPECT_EQ(work.batches, (std::vector<std::size_t>{3}));
}

TEST(BatchRunner, FailsOnlyTheImageThatUpsetsItsBatch) {
    FakeWork work;
    BatchRunner runner(work, 4);
    EXPECT_EQ(run(runner, {"good", "bad-infer", "good"}), (Texts{"ok", "internal_error", "ok"}));
    EXPECT_EQ(work.batches, (std::vector<std::size_t>{3, 1, 1, 1}));
    EXPECT_EQ(runner.limit(), 4);
}

TEST(BatchRunner, HalvesABatchThatDoesNotFitAndKeepsTheSizeThatFits) {
    FakeWork work;
    BatchRunner runner(work, 4);
    EXPECT_EQ(run(runner, {"good", "good", "big", "good"}), (Texts{"ok", "ok", "ok", "ok"}));
    EXPECT_EQ(work.batches, (std::vector<std::size_t>{4, 2, 2, 1, 1}));
    EXPECT_EQ(runner.limit(), 1);
    work.batches.clear();
    EXPECT_EQ(run(runner, {"good", "good"}), (Texts{"ok", "ok"}));
    EXPECT_EQ(work.batches, (std::vector<std::size_t>{1, 1}));
}

// Has room for so many images at once; the others go elsewhere.
class FitsSome : public FakeWork {
public:
    std::vector<Outcome> infer(std::span<Prepared* const> batch, const Step& step) override {
        if (batch.size() > room) {
            throw DeviceOutOfMemory("full");
        }
        return FakeWork::infer(batch, step);
    }
    std::size_t room = 8;
};

Texts good(std::size_t images) {
    return Texts(images, "good");
}

TEST(BatchRunner, TriesTwiceTheSizeAgainAfterAWhileWithoutTrouble) {
    FitsSome work;
    work.room = 2;
    BatchRunner runner(work, 8);
    static_cast<void>(run(runner, good(8)));
    EXPECT_EQ(runner.limit(), 2);
    work.room = 8;  // somebody else gave memory back
    for (std::size_t images = 0; images < 2 * BatchRunner::kPatience; images += 2) {
        static_cast<void>(run(runner, good(2)));
    }
    EXPECT_EQ(runner.limit(), 8);
}

TEST(BatchRunner, WaitsLongerAfterEachTryThatDidNotFit) {
    FitsSome work;
    work.room = 1;
    BatchRunner runner(work, 2);
    std::vector<std::size_t> images_between_tries;
    std::size_t images = 0;
    for (int i = 0; i < 2000; ++i) {
        const int before = runner.limit();
        static_cast<void>(run(runner, good(static_cast<std::size_t>(runner.limit()))));
        ++images;
        if (before == 2 && runner.limit() == 1) {
            images_between_tries.push_back(std::exchange(images, 0));
        }
    }
    ASSERT_GE(images_between_tries.size(), 3U);
    EXPECT_LT(images_between_tries[1], 2 * BatchRunner::kPatience);
    EXPECT_GT(images_between_tries[2], 2 * images_between_tries[1]);
}

class NeverFits : public FakeWork {
public:
    std::vector<Outcome> infer(std::span<Prepared* const> batch, const Step& /*step*/) override {
        batches.push_back(batch.size());
        throw std::bad_alloc();
    }
};

TEST(BatchRunner, FailsAnImageThatDoesNotFitEvenAlone) {
    NeverFits work;
    BatchRunner runner(work, 2);
    EXPECT_EQ(run(runner, {"a", "b"}), (Texts{"out_of_memory", "out_of_memory"}));
    EXPECT_EQ(work.batches, (std::vector<std::size_t>{2, 1, 1}));
}

TEST(BatchRunner, LetsALostDeviceThrough) {
    FakeWork work;
    BatchRunner runner(work, 2);
    EXPECT_THROW(run(runner, {"good", "lost"}), DeviceFatal);
    EXPECT_EQ(work.batches.size(), 1U);
}

class AnswersTooLittle : public FakeWork {
public:
    std::vector<Outcome> infer(std::span<Prepared* const> /*batch*/, const Step& /*step*/) override {
        return {};
    }
};

TEST(BatchRunner, FailsImagesThatGotNoOutcome) {
    AnswersTooLittle work;
    BatchRunner runner(work, 2);
    EXPECT_EQ(run(runner, {"a", "b"}), (Texts{"internal_error", "internal_error"}));
}

}  // namespace
}  // namespace hrn::runtime
