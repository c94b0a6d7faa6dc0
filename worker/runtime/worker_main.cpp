#include "worker/runtime/worker_main.hpp"

#include <sys/resource.h>

#include <cstdlib>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>

#include "shared/log.hpp"
#include "shared/unique_fd.hpp"
#include "worker/runtime/allocator.hpp"
#include "worker/runtime/confinement/confinement.hpp"
#include "worker/runtime/confinement/file_rights.hpp"
#include "worker/runtime/estimate/estimate_loop.hpp"
#include "worker/runtime/last_words.hpp"
#include "worker/runtime/order_taker.hpp"
#include "worker/runtime/pipeline.hpp"
#include "worker/runtime/process_start.hpp"
#include "worker/runtime/report_publisher.hpp"
#include "worker/runtime/stage_threads.hpp"
#include "worker/runtime/worker_loop.hpp"

namespace hrn::runtime {

namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

PipelineOptions pipeline_options(const Config& config, const WorkerLaunch& launch) {
    PipelineOptions options;
    const StageThreads threads = choose_stage_threads(config.workers, launch.device, usable_cores());
    options.decode_threads = threads.decode;
    options.write_threads = threads.write;
    options.batch_wait = std::chrono::milliseconds(config.workers.batch_wait_ms);
    options.max_file_bytes = static_cast<std::uint64_t>(config.limits.max_file_bytes);
    options.claimed = config.service.spool_dir + "/claimed";
    options.generation_folder = config.service.results_dir + "/.tmp/" + generation_text(launch.generation);
    options.confine = confine_calls;
    return options;
}

LoopLimits loop_limits(const Config& config) {
    return {static_cast<std::uint64_t>(config.limits.worker_max_tasks),
            static_cast<std::uint64_t>(config.limits.worker_max_rss_mb) * kMegabyte};
}

void set_log_level(const Config& config) {
    auto level = log::Level::info;
    static_cast<void>(log::parse_level(config.log.level, level));  // the parser allows no other words
    log::set_level(level);
}

// Owns the inherited descriptors; orders, reports and config are closed once they are mapped.
struct Inherited {
    UniqueFd orders, reports, config, wake, notify, lock;
    explicit Inherited(const WorkerLaunch& launch)
        : orders(launch.orders_fd),
          reports(launch.reports_fd),
          config(launch.config_fd),
          wake(launch.wake_fd),
          notify(launch.notify_fd),
          lock(launch.lock_fd) {}
};

constexpr int kEstimatorNiceness = 10;  // the cores are the computing workers' first

int estimate_until_the_end(const Config& config, const PipelineOptions& options, ReportsSegment& reports,
                           OrderTaker& taker, ReportPublisher& publisher, int wake_fd, int stop_fd,
                           const EstimatorFactory& make_estimator) {
    if (::setpriority(PRIO_PROCESS, 0, kEstimatorNiceness) != 0) {
        log::warning("the estimator cannot lower its priority");
    }
    const auto estimator = make_estimator(config);
    options.confine();
    EstimateLoop loop(*estimator, taker, publisher, reports, options.claimed, options.max_file_bytes, wake_fd,
                      stop_fd);
    const WorkerExit status = [&]() noexcept { return loop.run(); }();
    return static_cast<int>(status);
}

int work_until_the_end(const WorkerLaunch& launch, char* const* argv, const WorkFactory& make_work,
                       const EstimatorFactory& make_estimator) {
    Inherited fds(launch);
    const Config config =
        parse_config(read_sealed_text_fd(fds.config.get()), "the supervisor's configuration");
    set_log_level(config);
    const PipelineOptions options = pipeline_options(config, launch);
    confine_files(file_rights(config, launch.device, {options.claimed, options.generation_folder}), argv);
    const auto orders = map_orders_for_reading(fds.orders.get(), launch.generation);
    const auto reports = create_reports(fds.reports.get(), launch.generation);
    fds.config.reset();
    fds.orders.reset();
    fds.reports.reset();
    install_last_words(reports.get());
    const AlternateStack stack;
    const UniqueFd stop = stop_signals_fd();

    ReportPublisher publisher(*reports.get(), *orders.get(), launch.generation, fds.notify.get());
    OrderTaker taker(*orders.get(), *reports.get(), launch.generation);
    if (launch.role == WorkerRole::estimate) {
        return estimate_until_the_end(config, options, *reports.get(), taker, publisher, fds.wake.get(),
                                      stop.get(), make_estimator);
    }
    const auto work = make_work({config, launch, reports.get()});
    Pipeline pipeline(*work, options, *reports.get(), publisher);
    pipeline.start();
    WorkerLoop loop(pipeline, taker, publisher, *work, reports->counters, loop_limits(config), fds.wake.get(),
                    stop.get());
    // What is thrown out of a running worker is a bug of ours, and not a wrong start: SIGABRT, with last
    // words.
    const WorkerLoop::End end = [&]() noexcept { return loop.run(); }();
    if (end.abandon) {
        std::_Exit(static_cast<int>(end.status));
    }
    return static_cast<int>(end.status);
}

}  // namespace

int run_worker(int argc, char** argv, std::string_view program, const WorkFactory& make_work,
               const EstimatorFactory& make_estimator) {
    // Always text: the supervisor reads these lines from a pipe and gives them the format that is asked for.
    log::start(program, log::Level::info, log::Format::text);
    keep_freed_memory();
    try {
        become_worker_process();
        const WorkerLaunch launch = parse_worker_arguments(
            std::span<const char* const>(argv + 1, static_cast<std::size_t>(argc - 1)));
        if (!parent_is(launch.supervisor_pid)) {
            log::error("the supervisor is gone, or it is not who started this worker",
                       {{"supervisor_pid", std::to_string(launch.supervisor_pid)}});
            return static_cast<int>(WorkerExit::usage);
        }
        return work_until_the_end(launch, argv, make_work, make_estimator);
    } catch (const std::invalid_argument& error) {
        log::error("this worker cannot run as it was started (it is started by hrn-supervisor only)",
                   {{"reason", error.what()}});
        return static_cast<int>(WorkerExit::usage);
    } catch (const std::exception& error) {
        log::error("this worker could not start; the supervisor tries again", {{"reason", error.what()}});
        return static_cast<int>(WorkerExit::not_started);
    }
}

}  // namespace hrn::runtime
