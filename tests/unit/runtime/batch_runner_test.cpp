#include "worker/runtime/batch_runner.hpp"

#include <gtest/gtest.h>

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
