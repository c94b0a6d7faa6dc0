#include "supervisor/loop/cost_model.hpp"

#include <gtest/gtest.h>

#include <random>

#include "supervisor/loop/cost_book.hpp"

namespace hrn::supervisor {
namespace {

Estimate estimate_of(double megapixels, double megabytes, double score) {
    Estimate estimate;
    estimate.megapixels = megapixels;
    estimate.megabytes = megabytes;
    estimate.score = score;
    estimate.work = score;
    return estimate;
}

TEST(LeastSquares, FindsTheLineThatTheDataLieOn) {
    LeastSquares<3> fit;
    std::mt19937 random(3);
    std::uniform_real_distribution<double> uniform(0, 10);
    for (int i = 0; i < 500; ++i) {
        const double a = uniform(random), b = uniform(random);
        fit.learn({1, a, b}, 2 + 3 * a - 0.5 * b);
    }
    EXPECT_NEAR(fit.weights()[0], 2, 1e-3);
    EXPECT_NEAR(fit.weights()[1], 3, 1e-4);
    EXPECT_NEAR(fit.weights()[2], -0.5, 1e-4);
}

TEST(LeastSquares, FollowsWhatChanges) {
    LeastSquares<1> fit;
    for (int i = 0; i < 1000; ++i) {
        fit.learn({1}, 10);
    }
    for (int i = 0; i < 20'000; ++i) {
        fit.learn({1}, 20);
    }
    EXPECT_NEAR(fit.predict({1}), 20, 0.1);
}

TEST(LeastSquares, StaysFiniteWithFeaturesThatNeverVaryAndWithNonsense) {
    LeastSquares<3> fit;
    for (int i = 0; i < 100'000; ++i) {
        fit.learn({1, 0, 1}, 4);
    }
    fit.learn({1, 0, 1}, std::numeric_limits<double>::quiet_NaN());
    EXPECT_NEAR(fit.predict({1, 0, 1}), 4, 1e-6);
}

TEST(CostModel, PredictsDecodeCostThatTheScoreCannotSee) {
    CostModel model;
    std::mt19937 random(5);
    std::uniform_real_distribution<double> megapixels(0.5, 20), score(0.1, 1);
    for (int i = 0; i < 2000; ++i) {
        const double size = megapixels(random);
        model.learn(estimate_of(size, size / 3, score(random)), 0.3 + 0.02 * size);
    }
    EXPECT_NEAR(model.seconds(estimate_of(10, 10.0 / 3, 0.5)), 0.5, 0.005);
    const PredictionQuality& quality = model.quality();
    EXPECT_LT(quality.cost_error, 0.1 * quality.mean_error);
    EXPECT_GT(quality.score_error, 0.8 * quality.mean_error);
    EXPECT_EQ(quality.count, 2000 - CostModel::kTrained);
}

TEST(CostModel, SaysTheMeanBeforeItHasSeenEnough) {
    CostModel model;
    model.learn(estimate_of(1, 1, 0.5), 2);
    model.learn(estimate_of(9, 9, 0.5), 4);
    EXPECT_FALSE(model.trained());
    EXPECT_DOUBLE_EQ(model.seconds(estimate_of(100, 1, 1)), 3);
}

TEST(CostModel, NeverPredictsATimeBelowZero) {
    CostModel model;
    for (int i = 1; i <= 100; ++i) {
        model.learn(estimate_of(i, 0, 0.5), 0.1 * i);
    }
    EXPECT_GT(model.seconds(estimate_of(-50, 0, 0.5)), 0);
}

TEST(CostBook, KnowsHowMuchSlowerADeviceIs) {
    CostBook book;
    book.set_workers({{0, "fast"}, {1, "slow"}});
    for (int i = 1; i <= 200; ++i) {
        const Estimate estimate = estimate_of(0, 0, 0.01 * (i % 100));
        book.learn(0, estimate, estimate.work);
        book.learn(1, estimate, 4 * estimate.work);
    }
    const Estimate some = estimate_of(0, 0, 0.8);
    EXPECT_NEAR(book.seconds_on(1, some) / book.seconds_on(0, some), 4, 0.1);
}

TEST(CostBook, TakesANewDeviceForAnAverageOne) {
    CostBook book;
    book.set_workers({{0, "known"}, {1, "new"}});
    for (int i = 0; i < 100; ++i) {
        book.learn(0, estimate_of(0, 0, 0.5), 2);
    }
    EXPECT_NEAR(book.seconds_on(1, estimate_of(0, 0, 0.5)), 2, 0.01);
}

}  // namespace
}  // namespace hrn::supervisor
