#include "worker/runtime/pipeline.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include "shared/fs.hpp"
#include "tests/unit/runtime/running_worker.hpp"

namespace hrn::runtime {
namespace {

using PipelineTest = test::WorkerTest;

ErrorCode error_of(const ReportRecord& record) {
    return static_cast<ErrorCode>(record.error);
}

std::uint64_t size_of(const ReportRecord& record, std::string_view file) {
    return record.output_bytes[static_cast<std::size_t>(*output_index(file))];
}

TEST_F(PipelineTest, SaysReadyWithTheLineOfItsWork) {
    start();
    const ReportRecord ready = supervisor.next_report();
    EXPECT_EQ(ready.kind, ReportKind::ready);
    EXPECT_EQ(text_of(ready), R"({"device": "fake"})");
}

TEST_F(PipelineTest, ReportsADoneTaskWithTheFilesThatItWrote) {
    start_and_wait_until_ready();
    const TaskId id = order("good", "my photo.jpg");
    const ReportRecord done = supervisor.next_report();
    ASSERT_EQ(done.kind, ReportKind::done);
    EXPECT_EQ(done.id, id.bytes);
    EXPECT_EQ(done.attempt, 1U);
    EXPECT_EQ(done.faces, 2U);
    EXPECT_EQ(done.batch, 1U);
    EXPECT_EQ(size_of(done, "mesh.obj"), 4U);
    EXPECT_EQ(size_of(done, "mesh.ply"), kNoSuchOutput);
    EXPECT_EQ(test::read_file(supervisor.result_path(id, "mesh.obj")), "good");
    EXPECT_EQ(test::read_file(supervisor.result_path(id, "result.json")), "my photo.jpg");
}

TEST_F(PipelineTest, ClearsTheSlotOfATaskThatHasEnded) {
    start_and_wait_until_ready();
    order("good");
    order("no-face");
    supervisor.next_reports(2);
    EXPECT_TRUE(supervisor.eventually([](const SegmentView& view) { return view.held.empty(); }));
}

TEST_F(PipelineTest, TellsWhereATaskIsAtEveryStep) {
    work.decode_gate.shut();
    work.infer_gate.shut();
    work.write_gate.shut();
    start_and_wait_until_ready();
    const TaskId id = order("good");
    EXPECT_TRUE(gets_to(id, "in decode"));
    work.decode_gate.open();
    EXPECT_TRUE(gets_to(id, "in infer"));
    work.infer_gate.open();
    EXPECT_TRUE(gets_to(id, "in write"));
    work.write_gate.open();
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
    EXPECT_TRUE(gets_to(id, ""));
}

TEST_F(PipelineTest, NamesTheThreadThatATaskIsIn) {
    work.infer_gate.shut();
    start_and_wait_until_ready();
    const TaskId id = order("good");
    ASSERT_TRUE(gets_to(id, "in infer"));
    const SegmentView view = supervisor.view();
    ASSERT_EQ(view.held.size(), 1U);
    const auto thread = static_cast<std::size_t>(view.held[0].state.thread);
    ASSERT_LT(thread, view.threads.size());
    EXPECT_EQ(view.threads[thread].stage, Stage::infer);
    EXPECT_NE(view.threads[thread].thread_id, 0U);
}

TEST_F(PipelineTest, DecodesTheNextImageWhileTheDeviceIsBusy) {
    work.batch_size = 1;
    work.infer_gate.shut();
    start_and_wait_until_ready();
    const TaskId first = order("good");
    ASSERT_TRUE(gets_to(first, "in infer"));
    const TaskId second = order("good");
    EXPECT_TRUE(gets_to(second, "waiting for infer"));
    EXPECT_EQ(place_of(first), "in infer");
}

TEST_F(PipelineTest, InfersTheNextImageWhileAResultIsWritten) {
    work.batch_size = 1;
    work.write_gate.shut();
    start_and_wait_until_ready();
    const TaskId first = order("good");
    ASSERT_TRUE(gets_to(first, "in write"));
    const TaskId second = order("good");
    EXPECT_TRUE(gets_to(second, "waiting for write"));
}

TEST_F(PipelineTest, InfersSeveralBatchesAtOnceIfItsWorkCan) {
    work.batch_size = 1;
    work.lanes = 2;
    work.infer_gate.shut();
    start_and_wait_until_ready();
    const std::vector<TaskId> ids = {order("good"), order("good"), order("good")};
    work.infer_gate.wait_for_arrivals(2);
    ASSERT_TRUE(gets_to(ids[2], "waiting for infer"));
    std::set<int> threads;
    for (const HeldTask& held : supervisor.view().held) {
        if (held.state.presence == Presence::in) {
            threads.insert(held.state.thread);
        }
    }
    EXPECT_EQ(threads.size(), 2U);
    work.infer_gate.open();
    for (const ReportRecord& record : supervisor.next_reports(3)) {
        EXPECT_EQ(record.kind, ReportKind::done);
    }
}

TEST_F(PipelineTest, LosesNoTaskOfTheOtherLanesWhenTheDeviceIsLost) {
    work.batch_size = 1;
    work.lanes = 2;
    work.infer_gate.shut();
    start_and_wait_until_ready();
    order("good");
    order("lost");
    work.infer_gate.wait_for_arrivals(2);
    work.infer_gate.open();
    std::map<ErrorCode, int> ends;
    for (const ReportRecord& record : supervisor.next_reports(2)) {
        ++ends[error_of(record)];
    }
    EXPECT_EQ(ends, (std::map<ErrorCode, int>{{ErrorCode::none, 1}, {ErrorCode::device_error, 1}}));
    EXPECT_EQ(exit_status(), WorkerExit::device_fatal);
}

TEST_F(PipelineTest, DoesNotHoldALoneImageForABatch) {
    PipelineOptions patient = options();
    patient.batch_wait = std::chrono::hours(1);
    start({}, patient);
    ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    order("good");
    EXPECT_EQ(supervisor.next_report().kind, ReportKind::done);
}

TEST_F(PipelineTest, SendsABatchOffWhenTheImageItWaitedForCannotBeDecoded) {
    PipelineOptions patient = options();
    patient.batch_wait = std::chrono::hours(1);
    patient.decode_threads = 2;
    work.decode_gate.shut();
    start({}, patient);
    ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    order("good");
    order("bad-decode");
    work.decode_gate.wait_for_arrivals(2);
    work.decode_gate.open();
    std::map<ErrorCode, int> ends;
    for (const ReportRecord& record : supervisor.next_reports(2)) {
        ++ends[error_of(record)];
    }
    EXPECT_EQ(ends, (std::map<ErrorCode, int>{{ErrorCode::none, 1}, {ErrorCode::unreadable_image, 1}}));
}

TEST_F(PipelineTest, FailsOneBadImageOfABatchAlone) {
    work.infer_gate.shut();
    start_and_wait_until_ready();
    order("good");
    work.infer_gate.wait_for_arrivals(1);  // the next four become one batch
    const std::vector<TaskId> ids = {order("good"), order("bad-infer"), order("no-face"), order("good")};
    for (const TaskId& id : ids) {
        ASSERT_TRUE(gets_to(id, "waiting for infer"));
    }
    work.infer_gate.open();
    std::map<std::string, ErrorCode> ends;
    for (const ReportRecord& record : supervisor.next_reports(5)) {
        ends[TaskId{record.id}.text()] = error_of(record);
        if (record.kind == ReportKind::failed) {
            EXPECT_EQ(record.stage, static_cast<std::uint16_t>(Stage::infer));
        }
    }
    EXPECT_EQ(ends[ids[0].text()], ErrorCode::none);
    EXPECT_EQ(ends[ids[1].text()], ErrorCode::internal_error);
    EXPECT_EQ(ends[ids[2].text()], ErrorCode::no_face);
    EXPECT_EQ(ends[ids[3].text()], ErrorCode::none);
    EXPECT_EQ(ends.size(), 5U);
}

TEST_F(PipelineTest, ReportsAnImageThatCannotBeDecoded) {
    start_and_wait_until_ready();
    order("bad-decode");
    const ReportRecord failed = supervisor.next_report();
    EXPECT_EQ(failed.kind, ReportKind::failed);
    EXPECT_EQ(error_of(failed), ErrorCode::unreadable_image);
    EXPECT_EQ(failed.stage, static_cast<std::uint16_t>(Stage::decode));
    EXPECT_EQ(text_of(failed), "not a good word");
}

TEST_F(PipelineTest, BlamesTheChangeWhenAnImageThatChangedCannotBeDecoded) {
    start_and_wait_until_ready();
    const TaskId id = supervisor.claim("bad-decode");
    supervisor.order(id, 1, 4);  // it had four bytes when it was claimed
    EXPECT_EQ(error_of(supervisor.next_report()), ErrorCode::file_changed);
}

TEST_F(PipelineTest, LeavesNoFolderOfATaskThatFailsInWriting) {
    start_and_wait_until_ready();
    const TaskId id = order("bad-write");
    const ReportRecord failed = supervisor.next_report();
    EXPECT_EQ(error_of(failed), ErrorCode::internal_error);
    EXPECT_EQ(failed.stage, static_cast<std::uint16_t>(Stage::write));
    EXPECT_FALSE(supervisor.result_exists(id));
}

TEST_F(PipelineTest, ReportsAFullDiskAndLeavesNoFolder) {
    fs::set_fault_hook([](std::string_view call, std::string_view) { return call == "write" ? ENOSPC : 0; });
    start_and_wait_until_ready();
    const TaskId id = order("good");
    const ReportRecord failed = supervisor.next_report();
    EXPECT_EQ(error_of(failed), ErrorCode::disk_full);
    EXPECT_EQ(failed.error_number, ENOSPC);
    EXPECT_FALSE(supervisor.result_exists(id));
    supervisor.order_drain();
    EXPECT_EQ(exit_status(), WorkerExit::ok);
    fs::set_fault_hook({});  // no thread asks it any more
}

TEST_F(PipelineTest, ReportsAResultsDiskThatIsGone) {
    PipelineOptions elsewhere = options();
    elsewhere.generation_folder += "-gone";
    start({}, elsewhere);
    ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    order("good");
    const ReportRecord failed = supervisor.next_report();
    EXPECT_EQ(error_of(failed), ErrorCode::io_error);
    EXPECT_EQ(failed.error_number, ENOENT);
}

TEST_F(PipelineTest, CountsImagesAndBatches) {
    start_and_wait_until_ready();
    order("good");
    supervisor.next_report();
    order("no-face");
    supervisor.next_report();
    EXPECT_TRUE(supervisor.eventually([](const SegmentView& view) {
        return view.counters.images == 2 && view.counters.batches == 2 && view.counters.rss_bytes > 0;
    }));
}

TEST_F(PipelineTest, RefusesMoreThreadsThanTheSegmentHasEntriesFor) {
    PipelineOptions many = options();
    many.decode_threads = kMaxThreads;
    const auto reports = create_reports(supervisor.reports_fd.get(), test::FakeSupervisor::kGeneration);
    ReportPublisher publisher(*reports.get(), supervisor.orders(), test::FakeSupervisor::kGeneration,
                              supervisor.notify.write_end.get());
    EXPECT_THROW(Pipeline(work, many, *reports.get(), publisher), std::invalid_argument);
}

TEST_F(PipelineTest, TakesManyTasksThroughFewPlaces) {
    work.batch_size = 3;
    PipelineOptions busy = options();
    busy.decode_threads = 3;
    busy.write_threads = 2;
    start({}, busy);
    ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    constexpr int kRounds = 20;
    constexpr int kAtOnce = 30;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::array<std::uint8_t, 16>> ordered;
        std::vector<std::array<std::uint8_t, 16>> ended;
        for (int i = 0; i < kAtOnce; ++i) {
            ordered.push_back(order(i % 7 == 0 ? "no-face" : "good").bytes);
        }
        for (const ReportRecord& record : supervisor.next_reports(kAtOnce)) {
            ended.push_back(record.id);
        }
        std::sort(ordered.begin(), ordered.end());
        std::sort(ended.begin(), ended.end());
        ASSERT_EQ(ordered, ended);
    }
}

}  // namespace
}  // namespace hrn::runtime
