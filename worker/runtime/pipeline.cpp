#include "worker/runtime/pipeline.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "worker/runtime/batch_runner.hpp"
#include "worker/runtime/last_words.hpp"
#include "worker/runtime/thread_name.hpp"

namespace hrn::runtime {

namespace {

constexpr int kInferThread = 0;
constexpr std::chrono::seconds kAskAgain{1};

}  // namespace

Pipeline::Pipeline(Work& work, PipelineOptions options, ReportsSegment& reports, ReportPublisher& publisher)
    : work_(work),
      options_(std::move(options)),
      reports_(reports),
      publisher_(publisher),
      slots_(&reports),
      to_decode_(kMaxInFlight),  // never full: there are no more slots
      to_infer_(1),
      to_write_(1),
      device_busy_(reports.counters.device_busy_nanoseconds),
      state_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!state_fd_) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    if (options_.decode_threads < 1 || options_.write_threads < 1 ||
        1 + options_.decode_threads + options_.write_threads > kMaxThreads) {
        throw std::invalid_argument(
            "[workers] decode_threads and write_threads: each at least 1, together at "
            "most " +
            std::to_string(kMaxThreads - 1));
    }
}

Pipeline::~Pipeline() {
    if (infer_thread_.joinable()) {
        break_off(WorkerExit::ok, ErrorCode::none, "");
        infer_thread_.join();
    }
}

void Pipeline::start() {
    infer_thread_ = std::thread([this] { run_infer(); });
}

void Pipeline::submit(const TakenOrder& order) {
    wanted_back_.forget(order.id);
    auto task = std::make_unique<TaskInHand>();
    task->order = order;
    ++before_infer_;
    // Refused when the pipeline was broken off meanwhile: the slot says "waiting", and the supervisor gives
    // the task to another worker.
    static_cast<void>(to_decode_.push(task));
}

// Noted first, looked for then: a decode thread pushes first and looks at the notes then, so one of the two
// finds it.
void Pipeline::take_back(const TaskId& id, std::uint32_t attempt) {
    wanted_back_.note(id, attempt);
    const auto is_it = [&](const TaskPointer& task) {
        return task->order.id == id && task->order.attempt == attempt;
    };
    std::optional<TaskPointer> found = to_decode_.take_if(is_it);
    if (found) {
        left_decode();  // it is not on its way any more
    } else {
        found = to_infer_.take_if(is_it);
    }
    if (found) {
        give_back(std::move(*found));
    }
}

void Pipeline::finish_input() {
    to_decode_.close();
}

void Pipeline::join() {
    infer_thread_.join();
}

Pipeline::Ending Pipeline::ending() const {
    const std::lock_guard lock(ending_mutex_);
    return ending_;
}

void Pipeline::set_state(State state) {
    state_.store(state, std::memory_order_release);
    const std::uint64_t one = 1;
    if (::write(state_fd_.get(), &one, sizeof(one)) < 0) {
        // Cannot happen short of 2^64 - 1 changes; the loop looks at the state at every tick as well.
    }
}

void Pipeline::guarded(const std::function<void()>& body) {
    try {
        body();
    } catch (const ProtocolError& error) {
        break_off(WorkerExit::protocol, ErrorCode::protocol_error, error.what());
    } catch (const SupervisorGone& error) {
        break_off(WorkerExit::protocol, ErrorCode::protocol_error, error.what());
    }
}

void Pipeline::break_off(WorkerExit status, ErrorCode code, const std::string& message) {
    {
        const std::lock_guard lock(ending_mutex_);
        if (ending_.message.empty()) {
            ending_ = {status, code, message};
        }
    }
    // Tasks in the queues stay in their slots as "waiting", and nobody stays blocked in a push.
    to_decode_.stop();
    to_infer_.stop();
    if (status == WorkerExit::protocol) {
        to_write_.stop();  // otherwise what is computed is still written: that needs no device
    }
}

void Pipeline::run_infer() {
    name_this_thread("hrn-infer");
    guarded([this] {
        const AlternateStack stack;
        ThreadReporter reporter(&reports_, kInferThread);
        const std::optional<Loaded> loaded = load(reporter);
        if (!loaded) {
            return;
        }
        start_stages(*loaded);
        publisher_.publish(ready_record(loaded->ready_json));
        set_state(State::running);
        BatchRunner runner(work_, loaded->batch_size);
        infer_batches(reporter, runner);
    });
    for (std::thread& thread : lane_threads_) {
        thread.join();
    }
    to_write_.close();
    for (std::thread& thread : decode_threads_) {
        thread.join();
    }
    for (std::thread& thread : write_threads_) {
        thread.join();
    }
    set_state(State::ended);
}

bool Pipeline::wait_until_loadable() {
    std::string told;
    while (const auto why = work_.cannot_load_yet()) {
        if (*why != told) {
            told = *why;
            publisher_.publish(waiting_record(told));
        }
        std::this_thread::sleep_for(kAskAgain);
        if (to_decode_.closed()) {
            return false;
        }
    }
    return true;
}

std::optional<Loaded> Pipeline::load(ThreadReporter& reporter) {
    std::optional<Loaded> loaded;
    try {
        if (wait_until_loadable()) {
            reporter.begin(Stage::load);
            loaded = work_.load();
            // From here on it needs nothing more of the system than files, its device and its supervisor
            // (design.md 7, confinement); and it has not seen the first image yet.
            if (options_.confine) {
                options_.confine();
            }
            reporter.end();
        }
    } catch (const ProtocolError&) {
        throw;
    } catch (const SupervisorGone&) {
        throw;
    } catch (const LoadFailed& error) {
        break_off(error.status(), error.code(), error.what());
    } catch (...) {
        // No fault of the model: a device in trouble, no memory. A later start may find it better.
        const TaskFailure failure = failure_of_current_exception(Stage::load);
        break_off(WorkerExit::device_fatal, failure.code, "cannot load: " + failure.message);
    }
    return loaded;
}

void Pipeline::start_stages(const Loaded& loaded) {
    const int others = options_.decode_threads + options_.write_threads;
    const int lanes = std::clamp(loaded.lanes, 1, kMaxThreads - others);
    const int batch = std::max(loaded.batch_size, 1);
    // The next batch is ready while the device works on these.
    to_infer_.widen(static_cast<std::size_t>(2 * batch));
    to_write_.widen(static_cast<std::size_t>((1 + lanes) * batch));
    decoders_left_ = options_.decode_threads;
    int index = kInferThread + 1;
    for (int i = 1; i < lanes; ++i, ++index) {
        lane_threads_.emplace_back([this, index, batch] { run_lane(index, batch); });
    }
    for (int i = 0; i < options_.decode_threads; ++i, ++index) {
        decode_threads_.emplace_back([this, index] { run_decode(index); });
    }
    for (int i = 0; i < options_.write_threads; ++i, ++index) {
        write_threads_.emplace_back([this, index] { run_write(index); });
    }
}

}  // namespace hrn::runtime
