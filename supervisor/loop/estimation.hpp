// Asks the process `--role estimate` what queued tasks will cost, and hands its answers on. The process is a
// Worker like any other (started, watched, restarted with backoff, its reports validated), but without a
// device and without results: what it holds are questions. Its death therefore costs no task anything; an
// image that killed it is not asked about again, and while it is away the estimate by the file's size stands.
//
// Owned by the supervisor; loop thread. At most so many questions wait as there are claimed tasks.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "supervisor/loop/estimate.hpp"
#include "supervisor/workers/worker.hpp"

namespace hrn::supervisor {

class EstimationPorts {
public:
    virtual ~EstimationPorts() = default;
    // For configuration, program and result folders, which are the same as for the other workers.
    [[nodiscard]] virtual WorkerHost& worker_host() = 0;
    // The size of its image in bytes if the task still waits for its turn, else 0: asking would be in vain.
    [[nodiscard]] virtual std::uint64_t still_waiting(const TaskId& id) const = 0;
    virtual void estimated(const TaskId& id, const Estimate& estimate) = 0;
};

class Estimation final : private WorkerHost {
public:
    // In logs it has this number among the workers.
    static constexpr int kIndex = 1000;

    Estimation(boost::asio::io_context& io, EstimationPorts& ports) : io_(io), ports_(ports) {}

    void start();
    void stop();
    [[nodiscard]] bool started() const { return started_; }
    void add(const TaskId& id);  // nothing unless started
    void tick(TimePoint now);

    // --- what is shown ---
    [[nodiscard]] const Worker* worker() const { return worker_.get(); }
    [[nodiscard]] std::size_t waiting() const { return questions_.size(); }
    [[nodiscard]] std::uint64_t answered() const { return answered_; }

private:
    void ask(TimePoint now);

    // WorkerHost
    [[nodiscard]] const Config& config() const override { return ports_.worker_host().config(); }
    [[nodiscard]] std::optional<std::string> worker_program(std::string& error) const override {
        return ports_.worker_host().worker_program(error);
    }
    void prepare_generation(std::uint64_t generation,
                            std::function<void(bool, const std::string&)> done) override {
        ports_.worker_host().prepare_generation(generation, std::move(done));
    }
    void forget_generation(std::uint64_t generation) override {
        ports_.worker_host().forget_generation(generation);
    }
    void on_task_report(Worker&, const HeldOrder&, const ReportRecord&) override {}
    void on_task_returned(Worker&, const HeldOrder&) override {}
    [[nodiscard]] std::string on_estimate(const HeldOrder& order, const ReportRecord& report) override;
    void on_worker_gone(Worker& worker, const Verdict& verdict, std::uint64_t failure) override;
    void on_worker_room(Worker&) override { ask(Clock::now()); }
    void on_worker_state(Worker&, WorkerState) override {}

    boost::asio::io_context& io_;
    EstimationPorts& ports_;
    std::unique_ptr<Worker> worker_;  // kept once made: answers of storage may be under way to it
    bool started_ = false;
    std::deque<TaskId> questions_;
    std::uint64_t answered_ = 0;
};

// The estimate that a report of the estimator carries; nothing: its text makes no sense.
[[nodiscard]] std::optional<Estimate> parse_estimate(const ReportRecord& report);

}  // namespace hrn::supervisor
