#include "supervisor/control/metrics_page.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>
#include <vector>

#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// Upper ends of the buckets of a stage's seconds.
constexpr std::array<double, 12> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};

class Page {
public:
    void family(const char* name, const char* help, MetricType type) {
        families_.emplace_back();
        families_.back().name = name;
        families_.back().help = help;
        families_.back().type = type;
    }
    // A sample of the family that was begun last.
    void sample(Labels labels, double value) {
        ClientMetric metric;
        metric.label = std::move(labels);
        if (families_.back().type == MetricType::Counter) {
            metric.counter.value = value;
        } else {
            metric.gauge.value = value;
        }
        families_.back().metric.push_back(std::move(metric));
    }
    void histogram(Labels labels, const DurationHistogram& histogram) {
        ClientMetric metric;
        metric.label = std::move(labels);
        metric.histogram.sample_count = histogram.count();
        metric.histogram.sample_sum = histogram.sum();
        for (const double bound : kBounds) {
            metric.histogram.bucket.push_back({histogram.count_up_to(bound), bound});
        }
        families_.back().metric.push_back(std::move(metric));
    }
    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return out.str();
    }

private:
    std::vector<MetricFamily> families_;
};

void add_service(Page& page, const Supervisor& supervisor) {
    const StoreCounts& counts = supervisor.counts();
    page.family("hrn_tasks", "Tasks by state, of the store; waiting ones lie unclaimed in incoming/.",
                MetricType::Gauge);
    const std::array<std::pair<const char*, double>, 6> states = {{
        {"waiting", static_cast<double>(counts.waiting)},
        {"queued", static_cast<double>(supervisor.tasks().queued())},
        {"running", static_cast<double>(supervisor.tasks().running())},
        {"done", static_cast<double>(counts.done)},
        {"failed", static_cast<double>(counts.failed)},
        {"quarantined", static_cast<double>(counts.quarantined)},
    }};
    for (const auto& [state, value] : states) {
        page.sample({{"state", state}}, value);
    }
    page.family("hrn_service_state", "1 for the state that the service is in.", MetricType::Gauge);
    for (const ServiceState state : {ServiceState::starting, ServiceState::running, ServiceState::degraded,
                                     ServiceState::paused, ServiceState::draining}) {
        page.sample({{"state", std::string(service_state_name(state))}}, supervisor.state() == state ? 1 : 0);
    }
    page.family("hrn_intake_open", "1 while files are claimed.", MetricType::Gauge);
    page.sample({}, supervisor.intake_open() ? 1 : 0);
    page.family("hrn_problems", "Conditions that status lists as problems.", MetricType::Gauge);
    page.sample({}, static_cast<double>(supervisor.problems().all().size()));
    page.family("hrn_ignored_files", "Files in incoming/ that are no images.", MetricType::Gauge);
    page.sample({}, static_cast<double>(counts.ignored));
    page.family("hrn_free_bytes", "Free space of the file systems in use.", MetricType::Gauge);
    page.sample({{"folder", "spool"}}, static_cast<double>(counts.free_spool_bytes));
    page.sample({{"folder", "results"}}, static_cast<double>(counts.free_results_bytes));
    page.family("hrn_uptime_seconds", "Since the service's start.", MetricType::Gauge);
    page.sample({}, to_seconds(Clock::now() - supervisor.started()));
    page.family("hrn_tasks_completed_total", "Tasks done since the start.", MetricType::Counter);
    page.sample({}, static_cast<double>(supervisor.statistics().completed()));
    page.family("hrn_tasks_failed_total", "Tasks failed or quarantined since the start.",
                MetricType::Counter);
    page.sample({}, static_cast<double>(supervisor.statistics().failed()));
    page.family("hrn_worker_deaths_total", "Workers that ended when they should not have.",
                MetricType::Counter);
    page.sample({}, static_cast<double>(supervisor.statistics().deaths()));
}

template <typename Value>
void per_worker(Page& page, const Supervisor& supervisor, Value value) {
    for (const Worker* worker : supervisor.fleet().shown()) {
        page.sample({{"worker", std::to_string(worker->index())}, {"device", worker->slot().device}},
                    static_cast<double>(value(*worker)));
    }
}

void add_workers(Page& page, const Supervisor& supervisor) {
    const TimePoint now = Clock::now();
    page.family("hrn_worker_serving", "1 while the worker takes tasks.", MetricType::Gauge);
    per_worker(page, supervisor, [](const Worker& worker) { return takes_tasks(worker.state()) ? 1 : 0; });
    page.family("hrn_worker_tasks", "Tasks that the worker holds.", MetricType::Gauge);
    per_worker(page, supervisor, [](const Worker& worker) { return worker.held_count(); });
    page.family("hrn_worker_restarts_total", "Starts after the first one.", MetricType::Counter);
    per_worker(page, supervisor, [](const Worker& worker) { return worker.restarts(); });
    page.family("hrn_worker_busy_seconds_total", "Time in which it held a task.", MetricType::Counter);
    per_worker(page, supervisor, [&](const Worker& worker) { return to_seconds(worker.held().busy(now)); });
    page.family("hrn_stage_seconds", "Time of a task in a stage, without waiting.", MetricType::Histogram);
    for (const auto& [device, stages] : supervisor.statistics().devices()) {
        for (const Stage stage : {Stage::decode, Stage::infer, Stage::write}) {
            page.histogram({{"device", device}, {"stage", std::string(stage_name(stage))}},
                           stages.stages[static_cast<std::size_t>(stage)]);
        }
    }
}

void add_gpus(Page& page, const Supervisor& supervisor) {
    const GpuMonitor::Snapshot snapshot = supervisor.gpus();
    const auto each = [&](const char* name, const char* help, auto value) {
        page.family(name, help, MetricType::Gauge);
        for (const GpuReading& reading : snapshot.readings) {
            if (const auto number = value(reading)) {
                page.sample({{"gpu", reading.gpu.uuid}}, static_cast<double>(*number));
            }
        }
    };
    each("hrn_gpu_memory_used_bytes", "By NVML.", [](const GpuReading& r) { return r.memory_used_bytes; });
    each("hrn_gpu_memory_total_bytes", "By NVML.", [](const GpuReading& r) { return r.memory_total_bytes; });
    each("hrn_gpu_utilization_percent", "By NVML.",
         [](const GpuReading& r) { return r.utilization_percent; });
    each("hrn_gpu_temperature_celsius", "By NVML.",
         [](const GpuReading& r) { return r.temperature_celsius; });
    each("hrn_gpu_power_watts", "By NVML.", [](const GpuReading& r) { return r.power_watts; });
}

}  // namespace

std::string metrics_page(const Supervisor& supervisor) {
    Page page;
    add_service(page, supervisor);
    add_workers(page, supervisor);
    add_gpus(page, supervisor);
    return page.text();
}

}  // namespace hrn::supervisor
