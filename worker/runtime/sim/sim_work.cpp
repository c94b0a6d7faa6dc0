#include "worker/runtime/sim/sim_work.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "shared/text.hpp"

namespace hrn::runtime::sim {

namespace {

constexpr std::chrono::milliseconds kStepEvery{100};
constexpr double kTimeToReact = 5000;  // milliseconds that a worker without pipes gives its supervisor

// Sleeps to the end by the clock, so that the overshoot of single sleeps does not add up; says that it lives.
void pass_time(double milliseconds, const Step& step) {
    if (milliseconds <= 0) {
        return;
    }
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double, std::milli>(milliseconds));
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
        std::this_thread::sleep_until(std::min(end, now + kStepEvery));
        step();
    }
}

}  // namespace

// What goes from stage to stage.
struct SimWork::SimTask {
    TaskId id;
    std::uint32_t attempt = 1;
    SimPlan plan;
    std::vector<SimCommand> commands;
};

class SimWork::SimPrepared : public Prepared {
public:
    explicit SimPrepared(SimTask the_task) : task(std::move(the_task)) {}
    SimTask task;
};

class SimWork::SimComputed : public Computed {
public:
    explicit SimComputed(SimTask the_task) : task(std::move(the_task)) {}
    SimTask task;
};

SimWork::SimWork(const WorkContext& context)
    : simulated_(context.config.simulated),
      worker_(context.launch.index),
      batch_size_(
          context.config.workers.batch_size == 0 ? 1 : static_cast<int>(context.config.workers.batch_size)),
      notify_fd_(context.launch.notify_fd),
      device_(context.launch.device),
      reports_(context.reports) {}

Loaded SimWork::load() {
    pass_time(simulated_.load_ms, [] {});
    const nlohmann::json ready = {
        {"device", "simulated"}, {"precision", "none"},  {"front_end", "none"},
        {"model", "simulated"},  {"batch", batch_size_}, {"load_seconds", simulated_.load_ms / 1000},
        {"simulated", true},
    };
    return {ready.dump(), batch_size_};
}

std::unique_ptr<Prepared> SimWork::decode(TaskInput input) {
    SimTask task;
    task.id = input.id;
    task.attempt = input.attempt;
    task.plan = plan_task(simulated_, worker_, input.id, input.attempt);
    task.commands = parse_commands(input.image);
    obey(task, Stage::decode, [] {});
    return std::make_unique<SimPrepared>(std::move(task));
}

std::vector<Outcome> SimWork::infer(std::span<Prepared* const> batch, const Step& step) {
    for (const Prepared* prepared : batch) {
        check_that_it_fits(static_cast<const SimPrepared*>(prepared)->task, batch.size());
    }
    std::vector<Outcome> outcomes;
    for (Prepared* prepared : batch) {
        const SimTask& task = static_cast<SimPrepared*>(prepared)->task;
        try {
            serve(task, step);
            obey(task, Stage::infer, step);
            outcomes.emplace_back(std::make_unique<SimComputed>(task));
        } catch (const TaskFailed& failed) {
            outcomes.emplace_back(failed.failure());
        }
    }
    return outcomes;
}

Outputs SimWork::write(Computed& computed, const TaskFacts& facts) {
    obey(static_cast<SimComputed&>(computed).task, Stage::write, [] {});
    const nlohmann::json result = {
        {"schema", 1},
        {"simulated", true},
        {"id", facts.id.text()},
        {"source", to_utf8(facts.source)},
        {"source_bytes", base64(facts.source)},
        {"model", "simulated"},
        {"device", device_},
        {"attempts", facts.attempt},
        {"worker", worker_},
        {"simulated_work_seconds",
         static_cast<SimComputed&>(computed).task.plan.work_ms / 1000},  // of a worker of speed 1
        {"stages",
         {{"decode", facts.stage_seconds[static_cast<std::size_t>(Stage::decode)]},
          {"infer", facts.stage_seconds[static_cast<std::size_t>(Stage::infer)]}}},
        {"outputs", nlohmann::json::array()},
    };
    Outputs outputs;
    outputs.files.push_back({"", "result.json", result.dump(2) + "\n"});
    return outputs;
}

// The time of one task, and the accidents that [simulated] drew for it, half-way through.
void SimWork::serve(const SimTask& task, const Step& step) {
    const SimPlan& plan = task.plan;
    leak_.grow(simulated_.leak_mb);
    pass_time(plan.service_ms / 2, step);
    if (plan.garbage) {
        write_garbage(*reports_, notify_fd_, plan.garbage_kind, task.id.bytes[15]);
    }
    if (plan.crash) {
        crash();
    }
    if (plan.abort) {
        std::abort();
    }
    if (plan.hang) {
        hang_for_ever();
    }
    pass_time(plan.service_ms / 2, step);
}

void SimWork::obey(const SimTask& task, Stage stage, const Step& step) {
    for (const SimCommand& command : task.commands) {
        if (command.stage == stage && (command.attempts == 0 || task.attempt <= command.attempts)) {
            perform(command, task, step);
        }
    }
}

void SimWork::check_that_it_fits(const SimTask& task, std::size_t images) {
    for (const SimCommand& command : task.commands) {
        if (command.action == Action::device_fits && static_cast<double>(images) > command.number) {
            throw DeviceOutOfMemory("the simulated device has no memory for " + std::to_string(images) +
                                    " images");
        }
    }
}

void SimWork::perform(const SimCommand& command, const SimTask& task, const Step& step) {
    switch (command.action) {
        case Action::crash:
            crash();
        case Action::abort:
            std::abort();
        case Action::overflow:
            overflow_stack();
        case Action::freeze:
            freeze_process();
            return;
        case Action::device_fits:
            return;  // looked at before the batch begins
        case Action::flood:
            flood_with_wakes(notify_fd_, command.number);
            return;
        case Action::chatter:
            write_to_stderr(command.number);
            return;
        case Action::close_pipes:
            close_pipes(notify_fd_);
            pass_time(kTimeToReact, step);
            return;
        case Action::exit:
            exit_at_once(static_cast<int>(command.number));
        case Action::hang:
            hang_for_ever();
        case Action::slow:
            pass_time(command.number, step);
            return;
        case Action::oom:
            throw std::bad_alloc();
        case Action::device_oom:
            throw DeviceOutOfMemory("the simulated device has not enough memory for the batch");
        case Action::device_fatal:
            throw DeviceFatal("the simulated device answers nothing more");
        case Action::leak:
            leak_.grow(command.number);
            return;
        case Action::garbage:
            write_garbage(*reports_, notify_fd_, command.garbage, task.id.bytes[15]);
            return;
        case Action::escape:
            if (const int refusal = try_escape(command.escape, command.path); refusal != 0) {
                throw TaskFailed(ErrorCode::permission_denied,
                                 "the escape was refused: " + std::generic_category().message(refusal),
                                 refusal);
            }
            return;
        case Action::unexpected:
            throw std::logic_error("the simulated worker was told to throw this");
        case Action::fail:
            throw TaskFailed(command.code, "the simulated worker was told to fail so");
    }
}

}  // namespace hrn::runtime::sim
