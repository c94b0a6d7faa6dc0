// A whole worker inside the test process: WorkerLoop on a thread, a FakeWork behind it, a FakeSupervisor at
// the other end of the rings.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "tests/unit/runtime/fake_supervisor.hpp"
#include "tests/unit/runtime/fake_work.hpp"
#include "worker/runtime/worker_loop.hpp"

namespace hrn::runtime::test {

class WorkerTest : public ::testing::Test {
protected:
    ~WorkerTest() override {
        work.load_gate.open();
        work.decode_gate.open();
        work.infer_gate.open();
        work.write_gate.open();
        if (loop_thread_.joinable()) {
            supervisor.order_drain();
            loop_thread_.join();
        }
    }

    PipelineOptions options() const {
        PipelineOptions options;
        options.claimed = supervisor.claimed();
        options.generation_folder = supervisor.generation_folder();
        return options;
    }

    void start(LoopLimits limits = {}) { start(limits, options()); }
    void start(LoopLimits limits, const PipelineOptions& pipeline_options) {
        reports_ = create_reports(supervisor.reports_fd.get(), FakeSupervisor::kGeneration);
        publisher_.emplace(*reports_.get(), supervisor.orders(), FakeSupervisor::kGeneration,
                           supervisor.notify.write_end.get());
        taker_.emplace(supervisor.orders(), *reports_.get(), FakeSupervisor::kGeneration);
        pipeline_.emplace(work, pipeline_options, *reports_.get(), *publisher_);
        pipeline_->start();
        loop_thread_ = std::thread([this, limits] {
            WorkerLoop loop(*pipeline_, *taker_, *publisher_, work, reports_->counters, limits,
                            supervisor.wake.read_end.get(), stop_.read_end.get());
            end_ = loop.run();
        });
    }
    void start_and_wait_until_ready() {
        start();
        ASSERT_EQ(supervisor.next_report().kind, ReportKind::ready);
    }
    // Waits until the worker has ended by itself.
    WorkerExit exit_status() {
        loop_thread_.join();
        return end_.status;
    }

    // A claimed image that is one of FakeWork's words, ordered.
    TaskId order(const std::string& word, const std::string& source = "photo.jpg") {
        const TaskId id = supervisor.claim(word, source);
        supervisor.order(id, 1, word.size());
        return id;
    }
    // The stage of a held task as "waiting for infer", "in decode"; "" if it is not held.
    std::string place_of(const TaskId& id) { return place_in(supervisor.view(), id); }
    static std::string place_in(const SegmentView& view, const TaskId& id) {
        for (const HeldTask& held : view.held) {
            if (held.id == id) {
                return std::string(presence_text(held.state.stage, held.state.presence));
            }
        }
        return "";
    }
    bool gets_to(const TaskId& id, const std::string& place) {
        return supervisor.eventually([&](const SegmentView& view) { return place_in(view, id) == place; });
    }

    FakeSupervisor supervisor;
    FakeWork work;

private:
    SegmentMapping<ReportsSegment> reports_;
    WakePipe stop_ = WakePipe::make();
    std::optional<ReportPublisher> publisher_;
    std::optional<OrderTaker> taker_;
    std::optional<Pipeline> pipeline_;
    std::thread loop_thread_;
    WorkerLoop::End end_;
};

}  // namespace hrn::runtime::test
