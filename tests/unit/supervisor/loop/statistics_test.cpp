#include "supervisor/loop/statistics.hpp"

#include <gtest/gtest.h>

#include "supervisor/control/stats_view.hpp"

namespace hrn::supervisor {
namespace {

using std::chrono::seconds;

TaskRun run_of(float decode, float infer, float write) {
    TaskRun run;
    run.stage_seconds[static_cast<std::size_t>(Stage::decode)] = decode;
    run.stage_seconds[static_cast<std::size_t>(Stage::infer)] = infer;
    run.stage_seconds[static_cast<std::size_t>(Stage::write)] = write;
    return run;
}

TEST(DurationHistogram, TellsPercentilesWithinItsResolution) {
    DurationHistogram histogram;
    for (int i = 1; i <= 1000; ++i) {
        histogram.add(i / 1000.0);
    }
    EXPECT_NEAR(histogram.quantile(0.5), 0.5, 0.5 * 0.033);
    EXPECT_NEAR(histogram.quantile(0.95), 0.95, 0.95 * 0.033);
    EXPECT_NEAR(histogram.quantile(0.99), 0.99, 0.99 * 0.033);
    EXPECT_NEAR(histogram.mean(), 0.5005, 1e-9);
}

TEST(DurationHistogram, KeepsExtremesInItsOuterBuckets) {
    DurationHistogram histogram;
    histogram.add(0);
    histogram.add(-1);
    histogram.add(1e9);
    EXPECT_EQ(histogram.count(), 3U);
    EXPECT_LE(histogram.quantile(0.5), 1e-6);
    EXPECT_GT(histogram.quantile(1.0), 60000);
}

TEST(DurationHistogram, IsZeroWhenEmpty) {
    const DurationHistogram histogram;
    EXPECT_EQ(histogram.quantile(0.99), 0);
    EXPECT_EQ(histogram.mean(), 0);
}

TEST(DurationHistogram, CountsWhatIsAtMostSoLong) {
    DurationHistogram histogram;
    histogram.add(0.1);
    histogram.add(0.5);
    histogram.add(2.0);
    EXPECT_EQ(histogram.count_up_to(1.0), 2U);
}

TEST(Statistics, CountEachWorkerAndDeviceSeparately) {
    Statistics statistics;
    const TimePoint now{seconds(1000)};
    statistics.task_done(0, "GPU-1", run_of(0.1F, 0.2F, 0.1F), now);
    statistics.task_done(1, "GPU-1", run_of(0.1F, 0.4F, 0.1F), now);
    statistics.task_failed(1, "GPU-1", now);
    statistics.task_failed(-1, "", now);
    EXPECT_EQ(statistics.worker(0).completed, 1U);
    EXPECT_NEAR(statistics.worker(1).mean_seconds(), 0.6, 1e-6);
    EXPECT_EQ(statistics.worker(1).failed, 1U);
    EXPECT_EQ(statistics.worker(7).completed, 0U);
    EXPECT_EQ(statistics.device("GPU-1").completed, 2U);
    EXPECT_EQ(statistics.completed(), 2U);
    EXPECT_EQ(statistics.failed(), 2U);
}

TEST(Statistics, TellThroughputOfTheLastMinuteOnly) {
    Statistics statistics;
    const TimePoint start{seconds(1000)};
    for (int second = 0; second < 120; ++second) {
        statistics.task_done(0, "cpu", run_of(0, 0, 0), start + seconds(second));
    }
    EXPECT_NEAR(statistics.throughput(start, start + seconds(120)).per_second, 1.0, 0.02);
    EXPECT_NEAR(statistics.throughput(start, start + seconds(150)).per_second, 0.5, 0.02);
    EXPECT_EQ(statistics.throughput(start, start + seconds(500)).per_second, 0);
}

TEST(Statistics, TellThroughputOfAYoungServiceOverItsOwnTime) {
    Statistics statistics;
    const TimePoint start{seconds(1000)};
    for (int i = 0; i < 40; ++i) {
        statistics.task_done(0, "cpu", run_of(0, 0, 0), start + seconds(i % 4));
    }
    EXPECT_NEAR(statistics.throughput(start, start + seconds(4)).per_second, 10, 1e-9);
    EXPECT_EQ(statistics.throughput(start, start).per_second, 0);
}

TEST(TaskSamples, SayFromWhenOnTheyAreComplete) {
    TaskSamples samples;
    for (std::size_t i = 0; i < TaskSamples::kKept; ++i) {
        samples.add({TimePoint{seconds(i)}, 0, true, {}});
    }
    EXPECT_FALSE(samples.lost_before());
    samples.add({TimePoint{seconds(99999)}, 0, true, {}});
    EXPECT_EQ(samples.lost_before(), TimePoint{});
    EXPECT_EQ(samples.all().size(), TaskSamples::kKept);
}

TEST(UtcTime, IsReadWithAndWithoutFractions) {
    EXPECT_EQ(parse_utc_time("1970-01-01T00:00:01Z"), 1000);
    EXPECT_EQ(parse_utc_time("1970-01-01T00:00:01.25Z"), 1250);
    EXPECT_EQ(parse_utc_time("2026-11-24T08:00:00.123Z"), 1795507200123);
}

TEST(UtcTime, RefusesWhatIsNone) {
    for (const char* text :
         {"", "yesterday", "2026-11-24", "2026-11-24T08:00:00", "2026-11-24T08:00:00+02:00"}) {
        EXPECT_FALSE(parse_utc_time(text)) << text;
    }
}

}  // namespace
}  // namespace hrn::supervisor
