// From a wanted worker to a running process: the device's lock, the folder of its results, then the process.
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "shared/log.hpp"
#include "shared/worker_launch.hpp"
#include "supervisor/workers/device_lock.hpp"
#include "supervisor/workers/oom_events.hpp"
#include "supervisor/workers/readable_watch.hpp"
#include "supervisor/workers/worker.hpp"
#include "supervisor/workers/worker_channel.hpp"
#include "supervisor/workers/worker_output.hpp"

namespace hrn::supervisor {
namespace {

// How long a worker of an earlier supervisor may still hold its device (design.md 4).
constexpr auto kLockPatience = std::chrono::seconds(30);

std::uint64_t random_generation() {
    std::uint64_t generation = 0;
    // Never 0: that is what an empty record says.
    while (generation == 0) {
        if (::getrandom(&generation, sizeof generation, 0) != sizeof generation) {
            throw std::system_error(errno, std::generic_category(), "getrandom for a worker's generation");
        }
    }
    return generation;
}

}  // namespace

void Worker::prepare() {
    death_ = {};
    reason_.clear();
    if (!slot_.problem.empty()) {
        start_failed(slot_.problem, true);
        return;
    }
    generation_ = random_generation();
    lock_wanted_since_ = Clock::now();
    try_lock(*lock_wanted_since_);
}

void Worker::try_lock(TimePoint now) {
    std::optional<UniqueFd> lock;
    try {
        lock = try_device_lock(host_.config().service.runtime_dir, slot_.device, slot_.ordinal);
    } catch (const std::exception& error) {
        lock_wanted_since_.reset();
        start_failed(error.what(), false);
        return;
    }
    if (!lock) {
        reason_ = "an earlier supervisor's worker still holds the device";
        if (now - *lock_wanted_since_ > kLockPatience) {
            lock_wanted_since_.reset();
            start_failed("unkillable: " + reason_, true);
        }
        return;
    }
    lock_wanted_since_.reset();
    lock_ = std::move(*lock);
    reason_.clear();
    host_.prepare_generation(generation_,
                             [this, generation = generation_](bool made, const std::string& why) {
                                 if (generation != generation_) {
                                     return;  // that start was cancelled meanwhile
                                 }
                                 if (made) {
                                     handle(WorkerEvent::prepared);
                                 } else {
                                     start_failed("its folder in the results cannot be made: " + why, false);
                                 }
                             });
}

void Worker::spawn() {
    try {
        std::string missing;
        const std::optional<std::string> program = host_.worker_program(missing);
        if (!program) {
            start_failed(missing, true);
            return;
        }
        channel_ = std::make_unique<WorkerChannel>(generation_, to_toml(host_.config()));
        const WorkerChannel::WorkerEnds& ends = channel_->worker_ends();
        // These close again when this function returns; the worker has its own by then.
        const UniqueFd orders = inheritable(ends.orders.get());
        const UniqueFd reports = inheritable(ends.reports.get());
        const UniqueFd config = inheritable(ends.config.get());
        const UniqueFd wake_end = inheritable(ends.wake.get());
        const UniqueFd notify = inheritable(ends.notify.get());
        const UniqueFd lock = inheritable(lock_.get());
        WorkerLaunch launch;
        launch.role = slot_.role;
        launch.index = index_;
        launch.generation = generation_;
        launch.device = slot_.device;
        launch.supervisor_pid = static_cast<int>(::getpid());
        launch.orders_fd = orders.get();
        launch.reports_fd = reports.get();
        launch.config_fd = config.get();
        launch.wake_fd = wake_end.get();
        launch.notify_fd = notify.get();
        launch.lock_fd = lock.get();
        ProcessSpec spec;
        spec.program = *program;
        spec.arguments = arguments_of(launch);
        spec.environment = {
            {"CUDA_DEVICE_ORDER", "PCI_BUS_ID"},
            {"CUDA_VISIBLE_DEVICES", visible_devices_of(slot_.device)},
            // Threads of LibTorch's operators sleep while they wait for each other: spinning takes
            // the cores from other workers and from decoding, and halves what they all get done.
            {"OMP_WAIT_POLICY", "PASSIVE"}};
        spec.output_fd = ends.output.get();
        oom_kills_before_ = count_oom_kills();
        process_ = WorkerProcess::start(spec);
    } catch (const std::exception& error) {
        channel_.reset();
        start_failed(error.what(), false);
        return;
    }
    ++starts_;
    channel_->close_worker_ends();
    lock_.reset();
    const TimePoint now = Clock::now();
    started_at_ = now;
    health_.emplace(now);
    output_ = std::make_unique<WorkerOutput>(channel_->take_output(), index_);
    death_watch_ = std::make_unique<ReadableWatch>(io_, process_.pidfd(), [this] { on_process_dead(); });
    notify_watch_ = std::make_unique<ReadableWatch>(io_, channel_->notify_fd(), [this] { on_notified(); });
    output_watch_ = std::make_unique<ReadableWatch>(io_, output_->fd(), [this] { read_output(); });
    death_watch_->arm();
    notify_watch_->arm();
    output_watch_->arm();
    log::info("worker started", {{"worker", std::to_string(index_)},
                                 {"device", slot_.device},
                                 {"pid", std::to_string(process_.pid())},
                                 {"generation", generation_text(generation_)}});
}

void Worker::start_failed(const std::string& why, bool permanent) {
    death_.start_error = why;
    start_failure_is_permanent_ = permanent;
    handle(WorkerEvent::start_failed);
}

void Worker::cancel_start() {
    lock_wanted_since_.reset();
    lock_.reset();
    if (generation_ != 0) {
        host_.forget_generation(generation_);
        generation_ = 0;
    }
}

}  // namespace hrn::supervisor
