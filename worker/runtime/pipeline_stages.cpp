// What the stage threads do with one task or one batch. The order of the steps in each function is the rule
// of the slots: enter before the work, leave or (report, then clear) after it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "shared/log.hpp"
#include "worker/runtime/batch_runner.hpp"
#include "worker/runtime/last_words.hpp"
#include "worker/runtime/memory_use.hpp"
#include "worker/runtime/pipeline.hpp"
#include "worker/runtime/result_folder.hpp"
#include "worker/runtime/task_files.hpp"
#include "worker/runtime/thread_name.hpp"

namespace hrn::runtime {

namespace {

class StageClock {
public:
    [[nodiscard]] std::uint32_t microseconds() const {
        const std::chrono::duration<double, std::micro> passed = std::chrono::steady_clock::now() - start_;
        return static_cast<std::uint32_t>(std::min<double>(passed.count(), UINT32_MAX));
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

constexpr std::size_t at(Stage stage) {
    return static_cast<std::size_t>(stage);
}

void add(std::uint64_t& counter, std::uint64_t amount) {
    std::atomic_ref<std::uint64_t>(counter).fetch_add(amount, std::memory_order_relaxed);
}

// What a file that was still being written to may look like to a decoder.
bool may_come_from_a_change(ErrorCode code) {
    return code == ErrorCode::unreadable_image || code == ErrorCode::unsupported_format ||
           code == ErrorCode::image_too_small;
}

}  // namespace

void Pipeline::run_decode(int thread_index) {
    name_this_thread("hrn-decode");
    guarded([&] {
        const AlternateStack stack;
        ThreadReporter reporter(&reports_, thread_index);
        const auto next = [this](const std::deque<TaskPointer>& waiting) {
            return decode_order_.choose(waiting,
                                        [](const TaskPointer& task) { return task->order.image_bytes; });
        };
        while (auto task = to_decode_.pop(next)) {
            decode_one(reporter, std::move(*task));
        }
    });
    if (--decoders_left_ == 0) {
        to_infer_.close();
    }
}

void Pipeline::decode_one(ThreadReporter& reporter, TaskPointer task) {
    const int slot = task->order.slot;
    reporter.begin(Stage::decode);
    slots_.enter(slot, Stage::decode, reporter.index());
    const StageClock clock;
    std::optional<TaskFailure> failure;
    try {
        read_and_decode(*task);
    } catch (...) {
        failure = failure_of_current_exception(Stage::decode);
    }
    task->stage_microseconds[at(Stage::decode)] = clock.microseconds();
    if (failure) {
        fail_task(*task, *failure);
        reporter.end();
        left_decode();
        return;
    }
    slots_.leave(slot, Stage::infer);
    reporter.end();  // before push: waiting for room is no work and no hang
    const TaskId id = task->order.id;
    const std::uint32_t attempt = task->order.attempt;
    static_cast<void>(to_infer_.push(task));  // refused when broken off: the slot says "waiting for infer"
    left_decode();
    if (wanted_back_.wants(id, attempt)) {
        auto still_there = to_infer_.take_if([&](const TaskPointer& waiting) {
            return waiting->order.id == id && waiting->order.attempt == attempt;
        });
        if (still_there) {
            give_back(std::move(*still_there));
        }
    }
}

// A batch that waits for more images waits in vain once nobody is on the way.
void Pipeline::left_decode() {
    if (--before_infer_ == 0) {
        to_infer_.nudge();
    }
}

// The end of a task's stay like any other: the report is published, then the slot cleared.
void Pipeline::give_back(TaskPointer task) {
    ReportRecord record;
    record.kind = ReportKind::returned;
    record.id = task->order.id.bytes;
    record.attempt = task->order.attempt;
    record.output_bytes.fill(kNoSuchOutput);
    wanted_back_.forget(task->order.id);
    publisher_.publish(record);
    slots_.clear(task->order.slot);
}

void Pipeline::read_and_decode(TaskInHand& task) {
    const TakenOrder& order = task.order;
    ClaimedImage image = read_claimed_image(
        options_.claimed, order.id, {options_.max_file_bytes, work_.image_bytes_needed(), order.image_bytes});
    task.source = image.source;
    try {
        task.prepared =
            work_.decode({order.id, order.attempt, std::move(image.source), std::move(image.bytes)});
    } catch (const TaskFailed& failed) {
        if (image.changed && may_come_from_a_change(failed.failure().code)) {
            throw TaskFailed(ErrorCode::file_changed,
                             "the file changed after it was claimed; then: " + failed.failure().message);
        }
        throw;
    }
}

void Pipeline::run_lane(int thread_index, int batch_size) {
    name_this_thread("hrn-infer");
    guarded([&] {
        const AlternateStack stack;
        ThreadReporter reporter(&reports_, thread_index);
        BatchRunner runner(work_, batch_size);
        infer_batches(reporter, runner);
    });
}

std::vector<TaskPointer> Pipeline::gather(int most) {
    const std::lock_guard lock(gathering_);
    return to_infer_.pop_batch(static_cast<std::size_t>(most), options_.batch_wait,
                               [this] { return before_infer_ > 0; });
}

void Pipeline::infer_batches(ThreadReporter& reporter, BatchRunner& runner) {
    for (;;) {
        std::vector<TaskPointer> batch = gather(runner.limit());
        if (batch.empty()) {
            return;
        }
        infer_one_batch(reporter, runner, batch);
        for (TaskPointer& task : batch) {
            if (task && !to_write_.push(task)) {
                return;  // broken off: the slots say "waiting for write"
            }
        }
    }
}

// Leaves in `batch` what is to be written, nullptr for what has failed.
void Pipeline::infer_one_batch(ThreadReporter& reporter, BatchRunner& runner,
                               std::vector<TaskPointer>& batch) {
    std::vector<Prepared*> prepared;
    prepared.reserve(batch.size());
    reporter.begin(Stage::infer);
    for (const TaskPointer& task : batch) {
        prepared.push_back(task->prepared.get());
        slots_.enter(task->order.slot, Stage::infer, reporter.index());
    }
    const StageClock clock;
    device_busy_.enter();
    std::vector<Outcome> outcomes;
    std::string lost;
    try {
        outcomes = runner.run(prepared, [&] { reporter.step(); });
    } catch (const DeviceFatal& error) {
        lost = error.what();
    }
    device_busy_.leave();
    add(reports_.counters.batches, 1);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        TaskInHand& task = *batch[i];
        task.stage_microseconds[at(Stage::infer)] = clock.microseconds();
        task.batch = static_cast<std::uint32_t>(batch.size());
        task.prepared.reset();
        if (!lost.empty()) {
            fail_task(task, {ErrorCode::device_error, lost, 0, Stage::infer});
            batch[i].reset();
        } else if (const auto* failure = std::get_if<TaskFailure>(&outcomes[i])) {
            fail_task(task, *failure);
            batch[i].reset();
        } else {
            task.computed = std::get<std::unique_ptr<Computed>>(std::move(outcomes[i]));
            slots_.leave(task.order.slot, Stage::write);
        }
    }
    reporter.end();
    if (!lost.empty()) {
        break_off(WorkerExit::device_fatal, ErrorCode::device_error, lost);
    }
}

void Pipeline::run_write(int thread_index) {
    name_this_thread("hrn-write");
    guarded([&] {
        const AlternateStack stack;
        ThreadReporter reporter(&reports_, thread_index);
        while (auto task = to_write_.pop()) {
            write_one(reporter, std::move(*task));
        }
    });
}

void Pipeline::write_one(ThreadReporter& reporter, TaskPointer task) {
    reporter.begin(Stage::write);
    slots_.enter(task->order.slot, Stage::write, reporter.index());
    const StageClock clock;
    std::optional<TaskFailure> failure;
    ReportRecord record;
    try {
        record = write_result(*task, reporter);
    } catch (...) {
        failure = failure_of_current_exception(Stage::write);
    }
    task->stage_microseconds[at(Stage::write)] = clock.microseconds();
    if (failure) {
        fail_task(*task, *failure);
    } else {
        end_task(*task, record);
    }
    reporter.end();
}

ReportRecord Pipeline::write_result(TaskInHand& task, ThreadReporter& reporter) {
    TaskFacts facts{task.order.id, task.order.attempt, task.source, {}, task.batch};
    for (std::size_t i = 0; i < facts.stage_seconds.size(); ++i) {
        facts.stage_seconds[i] = task.stage_microseconds[i] / 1e6;
    }
    const Outputs outputs = work_.write(*task.computed, facts);
    task.computed.reset();
    reporter.step();
    ResultFolder folder(options_.generation_folder, task.order.id);
    WrittenSizes sizes;
    try {
        sizes = folder.write(outputs.files, [&] { reporter.step(); });
    } catch (...) {
        if (!folder.discard()) {
            log::warning("an unfinished result could not be removed; it goes with the worker's folder",
                         {{"id", task.order.id.text()}});
        }
        throw;
    }
    ReportRecord record;
    record.kind = ReportKind::done;
    record.stage = static_cast<std::uint16_t>(Stage::write);
    record.faces = static_cast<std::uint16_t>(std::clamp(outputs.faces, 1, kMaxFaces));
    record.output_bytes = sizes.bytes;
    record.further_files = sizes.further_files;
    record.further_bytes = sizes.further_bytes;
    return record;
}

void Pipeline::fail_task(TaskInHand& task, const TaskFailure& failure) {
    ReportRecord record;
    record.kind = ReportKind::failed;
    record.error = static_cast<std::uint16_t>(failure.code);
    record.stage = static_cast<std::uint16_t>(failure.stage);
    record.error_number = std::clamp(failure.error_number, 0, 4095);
    record.output_bytes.fill(kNoSuchOutput);
    set_text(record, failure.message);
    end_task(task, record);
}

void Pipeline::end_task(TaskInHand& task, ReportRecord& record) {
    record.id = task.order.id.bytes;
    record.attempt = task.order.attempt;
    record.stage_microseconds = task.stage_microseconds;
    record.batch = task.batch;
    record.peak_rss_bytes = peak_resident_bytes();
    wanted_back_.forget(task.order.id);
    publisher_.publish(record);
    slots_.clear(task.order.slot);
    add(reports_.counters.images, 1);
}

}  // namespace hrn::runtime
