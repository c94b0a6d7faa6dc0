#include "supervisor/control/views.hpp"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/text.hpp"
#include "shared/worker_launch.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

constexpr double kMegabyte = 1024.0 * 1024.0;

nlohmann::json null_unless(bool present, const nlohmann::json& value) {
    return present ? value : nlohmann::json();
}

template <typename Number>
nlohmann::json or_null(const std::optional<Number>& number) {
    return number ? nlohmann::json(*number) : nlohmann::json();
}

// A text of the worker's report `ready`; null if it did not say.
nlohmann::json said(const nlohmann::json& ready, const char* key) {
    return ready.is_object() && ready.contains(key) && ready[key].is_string() ? ready[key] : nlohmann::json();
}

bool is_instance_of(const GpuInfo& gpu, const std::string& device) {
    return std::find(gpu.mig.begin(), gpu.mig.end(), device) != gpu.mig.end();
}

// "9.0"
nlohmann::json capability_text(const std::optional<std::pair<int, int>>& capability) {
    return capability
               ? nlohmann::json(std::to_string(capability->first) + "." + std::to_string(capability->second))
               : nlohmann::json();
}

nlohmann::json gpu_name(const Supervisor& supervisor, const std::string& device) {
    for (const GpuReading& reading : supervisor.gpus().readings) {
        if (reading.gpu.uuid == device) {
            return reading.gpu.name;
        }
        if (is_instance_of(reading.gpu, device)) {
            return reading.gpu.name + " (MIG)";
        }
    }
    return nullptr;
}

}  // namespace

nlohmann::json worker_view(const Supervisor& supervisor, const Worker& worker) {
    const TimePoint now = Clock::now();
    const Statistics::Counts& counts = supervisor.statistics().worker(worker.index());
    nlohmann::json ids = nlohmann::json::array();
    for (const HeldOrder& order : worker.held().orders()) {
        ids.push_back(order.id.text());
    }
    const double busy = to_seconds(worker.held().busy(now));
    const double uptime = std::max(1e-3, to_seconds(now - supervisor.started()));
    return {{"index", worker.index()},
            {"device", worker.slot().device},
            {"pid", null_unless(worker.pid() != 0, worker.pid())},
            {"state", worker_state_name(worker.state())},
            {"restarts", worker.restarts()},
            {"task_ids", std::move(ids)},
            {"completed", counts.completed},
            {"failed", counts.failed},
            {"busy_seconds", busy},
            {"mean_seconds", null_unless(counts.completed > 0, counts.mean_seconds())},
            {"utilization", std::min(1.0, busy / uptime)}};
}

nlohmann::json detailed_worker_view(const Supervisor& supervisor, const Worker& worker) {
    nlohmann::json json = worker_view(supervisor, worker);
    const nlohmann::json ready = nlohmann::json::parse(worker.ready_text(), nullptr, false);
    const SegmentView segment = worker.view();
    nlohmann::json tasks = nlohmann::json::array();
    for (const HeldOrder& order : worker.held().orders()) {
        const auto slot = std::find_if(segment.held.begin(), segment.held.end(),
                                       [&](const HeldTask& held) { return held.id == order.id; });
        const SlotState state = slot == segment.held.end() ? SlotState{} : slot->state;
        tasks.push_back({{"id", order.id.text()}, {"stage", presence_text(state.stage, state.presence)}});
    }
    const Duration age = Clock::now() - worker.state_since();
    const auto age_ms = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
    json["name"] = gpu_name(supervisor, worker.slot().device);
    json["generation"] = null_unless(worker.generation() != 0, generation_text(worker.generation()));
    json["since"] = utc_time_text(unix_milliseconds_now() - age_ms);
    const std::optional<std::string> drained = supervisor.fleet().drain_reason(worker.slot().device);
    json["drained"] = drained.has_value();
    json["reason"] = null_unless(!worker.reason().empty(), worker.reason());
    if (drained) {
        json["reason"] = "its device is drained" + (drained->empty() ? "" : ": " + *drained);
    }
    json["rss_mb"] = nullptr;
    json["gpu_mb"] = nullptr;
    json["device_busy_seconds"] = nullptr;
    if (worker.pid() != 0) {
        json["rss_mb"] = static_cast<double>(resident_bytes(worker.pid())) / kMegabyte;
        json["gpu_mb"] = static_cast<double>(segment.counters.device_bytes) / kMegabyte;
        json["device_busy_seconds"] = static_cast<double>(segment.counters.device_busy_nanoseconds) / 1e9;
    }
    json["tasks"] = std::move(tasks);
    json["precision"] = said(ready, "precision");
    json["front_end"] = said(ready, "front_end");
    return json;
}

nlohmann::json totals_view(const Supervisor& supervisor) {
    const StoreCounts& counts = supervisor.counts();
    return {{"waiting", counts.waiting},
            {"queued", supervisor.tasks().queued()},
            {"running", supervisor.tasks().running()},
            {"done", counts.done},
            {"failed", counts.failed},
            {"quarantined", counts.quarantined}};
}

nlohmann::json status_view(const Supervisor& supervisor) {
    const TimePoint now = Clock::now();
    nlohmann::json problems = nlohmann::json::array();
    for (const auto& [key, problem] : supervisor.problems().all()) {
        problems.push_back(
            {{"code", problem.code}, {"text", problem.text}, {"since", utc_time_text(problem.since_ms)}});
    }
    nlohmann::json workers = nlohmann::json::array();
    for (const Worker* worker : supervisor.fleet().shown()) {
        workers.push_back(worker_view(supervisor, *worker));
    }
    const auto throughput = supervisor.statistics().throughput(supervisor.started(), now);
    nlohmann::json json = totals_view(supervisor);
    json["state"] = service_state_name(supervisor.state());
    json["intake"] = supervisor.intake_open() ? "open" : "closed";
    json["problems"] = std::move(problems);
    json["held"] = supervisor.tasks().held();
    json["ignored"] = supervisor.counts().ignored;
    json["workers"] = std::move(workers);
    json["throughput"] = {{"per_second", throughput.per_second},
                          {"window_seconds", throughput.window_seconds}};
    json["uptime_seconds"] = to_seconds(now - supervisor.started());
    json["pid"] = ::getpid();
    return json;
}

nlohmann::json gpus_view(const Supervisor& supervisor) {
    const GpuMonitor::Snapshot snapshot = supervisor.gpus();
    nlohmann::json list = nlohmann::json::array();
    for (const GpuReading& reading : snapshot.readings) {
        nlohmann::json workers = nlohmann::json::array();
        for (const Worker* worker : supervisor.fleet().shown()) {
            const std::string& device = worker->slot().device;
            if (device == reading.gpu.uuid || is_instance_of(reading.gpu, device)) {
                workers.push_back(worker->index());
            }
        }
        const auto megabytes = [](const std::optional<std::uint64_t>& bytes) {
            return bytes ? nlohmann::json(static_cast<double>(*bytes) / kMegabyte) : nlohmann::json();
        };
        nlohmann::json utilization;
        if (reading.utilization_percent) {
            utilization = *reading.utilization_percent / 100.0;
        }
        const std::optional<std::string> drained = supervisor.fleet().drain_reason(reading.gpu.uuid);
        list.push_back({{"index", reading.gpu.index},
                        {"uuid", reading.gpu.uuid},
                        {"name", reading.gpu.name},
                        {"memory_total_mb", megabytes(reading.memory_total_bytes)},
                        {"memory_used_mb", megabytes(reading.memory_used_bytes)},
                        {"utilization", std::move(utilization)},
                        {"temperature_c", or_null(reading.temperature_celsius)},
                        {"power_w", or_null(reading.power_watts)},
                        {"age_seconds", to_seconds(Clock::now() - snapshot.time.value_or(Clock::now()))},
                        {"drained", drained.has_value()},
                        {"drain_reason", or_null(drained)},
                        {"compute_capability", capability_text(reading.compute_capability)},
                        {"mig", reading.gpu.mig},
                        {"workers", std::move(workers)}});
    }
    return list;
}

void overlay_task(const Supervisor& supervisor, nlohmann::json& task) {
    if (!task.is_object() || !task.contains("id") || !task["id"].is_string()) {
        return;
    }
    const std::optional<TaskId> id = TaskId::parse(task["id"].get<std::string>());
    const TaskEntry* entry = id ? supervisor.tasks().find(*id) : nullptr;
    if (entry == nullptr || (entry->phase != TaskPhase::running && entry->phase != TaskPhase::finishing)) {
        return;
    }
    task["state"] = "running";
    task["attempts"] = entry->attempt();
    if (entry->worker >= 0) {
        task["worker"] = entry->worker;
        task["device"] = supervisor.device_of(entry->worker);
    }
}

}  // namespace hrn::supervisor
