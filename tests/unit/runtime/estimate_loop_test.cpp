// The role `estimate` at the rings of a fake supervisor.
#include "worker/runtime/estimate/estimate_loop.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "shared/complexity_score.hpp"
#include "tests/unit/runtime/fake_supervisor.hpp"
#include "tests/unit/runtime/worker_process.hpp"

namespace hrn::runtime {
namespace {

using test::FakeSupervisor;

// "plain": the header says all. Any other file is looked at; "bad" is thrown out by then.
class FakeEstimator final : public Estimator {
public:
    std::size_t header_bytes() const override { return 5; }
    FirstLook by_header(const TaskId&, std::span<const std::byte> begin, std::uint64_t) override {
        const std::string word(reinterpret_cast<const char*>(begin.data()), begin.size());
        return {{100, 0.25, 0.25}, word == "plain"};
    }
    ImageCost by_image(const TaskId&, std::span<const std::byte> file) override {
        if (file.size() == 3) {
            throw TaskFailed(ErrorCode::unreadable_image, "bad");
        }
        return {100, 0.75, 0.75};
    }
};

class EstimateLoopTest : public testing::Test {
protected:
    EstimateLoopTest()
        : reports_(create_reports(supervisor_.reports_fd.get(), FakeSupervisor::kGeneration)),
          publisher_(*reports_.get(), supervisor_.orders(), FakeSupervisor::kGeneration,
                     supervisor_.notify.write_end.get()),
          taker_(supervisor_.orders(), *reports_.get(), FakeSupervisor::kGeneration),
          thread_([this] {
              EstimateLoop loop(estimator_, taker_, publisher_, *reports_.get(), supervisor_.claimed(), 0,
                                supervisor_.wake.read_end.get(), stop_.read_end.get());
              status_ = loop.run();
          }) {
        EXPECT_EQ(supervisor_.next_report().kind, ReportKind::ready);
    }
    ~EstimateLoopTest() override {
        supervisor_.order_drain();
        thread_.join();
        EXPECT_EQ(status_, WorkerExit::ok);
        EXPECT_TRUE(supervisor_.view().held.empty());
    }
    TaskId order(const std::string& bytes) {
        const TaskId id = supervisor_.claim(bytes);
        supervisor_.order(id, 1, bytes.size());
        return id;
    }
    struct Answer {
        TaskId id;
        double score = 0;
        bool final = false;
    };
    Answer next() {
        const ReportRecord record = supervisor_.next_report();
        EXPECT_EQ(record.kind, ReportKind::estimated);
        const nlohmann::json json = nlohmann::json::parse(text_of(record));
        return {TaskId{record.id}, json.at("score"),
                record.stage == static_cast<std::uint16_t>(Stage::decode)};
    }

    FakeSupervisor supervisor_;
    FakeEstimator estimator_;
    SegmentMapping<ReportsSegment> reports_;
    WakePipe stop_ = WakePipe::make();
    ReportPublisher publisher_;
    OrderTaker taker_;
    WorkerExit status_ = WorkerExit::usage;
    std::thread thread_;
};

TEST_F(EstimateLoopTest, SaysFirstWhatTheHeaderTellsThenWhatTheImageTells) {
    const TaskId id = order("a picture");
    const Answer first = next();
    EXPECT_EQ(first.id, id);
    EXPECT_EQ(first.score, 0.25);
    EXPECT_FALSE(first.final);
    const Answer second = next();
    EXPECT_EQ(second.id, id);
    EXPECT_EQ(second.score, 0.75);
    EXPECT_TRUE(second.final);
}

TEST_F(EstimateLoopTest, AnswersOnceWhereTheHeaderTellsAll) {
    order("plain");
    EXPECT_TRUE(next().final);
}

TEST_F(EstimateLoopTest, GivesAnUnreadableImageItsScore) {
    order("bad");
    EXPECT_FALSE(next().final);
    const Answer last = next();
    EXPECT_TRUE(last.final);
    EXPECT_EQ(last.score, kScoreOfUnreadable);
}

TEST_F(EstimateLoopTest, AnswersForAnImageThatIsGoneAlready) {
    const TaskId id = TaskId::generate();
    supervisor_.order(id, 1, 100);
    const Answer answer = next();
    EXPECT_EQ(answer.id, id);
    EXPECT_TRUE(answer.final);
}

TEST(EstimateProcess, IsStartedByItsRoleAndNeedsNoDevice) {
    FakeSupervisor supervisor;
    test::WorkerProcess process;
    WorkerLaunch launch = test::WorkerProcess::launch_of(supervisor);
    launch.role = WorkerRole::estimate;
    Config config = supervisor.config();
    config.model.kind = "simulated";
    config.simulated.service_ms = 50;
    config.simulated.distribution = "constant";
    config.simulated.estimate_noise = 0;
    process.start(config, launch);
    ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    const TaskId id = supervisor.claim("image");
    supervisor.order(id);
    const ReportRecord record = supervisor.next_report();
    EXPECT_EQ(record.kind, ReportKind::estimated);
    EXPECT_NEAR(nlohmann::json::parse(text_of(record)).at("work").get<double>(), 0.05, 1e-9);
    supervisor.order_drain();
    EXPECT_EQ(process.wait_for_end(), 0);
}

TEST(ComplexityScore, IsTheSumOfSizeAndFace) {
    EXPECT_DOUBLE_EQ(complexity_score(4'000'000, face_factor(0.2)), 0.4 + 0.6 * 0.3);
    EXPECT_DOUBLE_EQ(complexity_score(1'000'000, face_factor(0.01)), 0.1 + 0.6 * 0.8);
    EXPECT_DOUBLE_EQ(complexity_score(100'000'000, face_factor(0.5)), 0.4 + 0.6 * 0.7);
    EXPECT_DOUBLE_EQ(complexity_score(0, face_factor(0)), 0.6 * 0.9);
    EXPECT_DOUBLE_EQ(complexity_score(0, 0), 0.1);
}

}  // namespace
}  // namespace hrn::runtime
