#include "supervisor/control/stats_view.hpp"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "shared/text.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

constexpr std::array<Stage, 3> kShownStages = {Stage::decode, Stage::infer, Stage::write};

nlohmann::json no_stage() {
    return {{"count", 0}, {"mean", nullptr}, {"p50", nullptr}, {"p95", nullptr}, {"p99", nullptr}};
}

nlohmann::json stage_view(const DurationHistogram& histogram) {
    if (histogram.count() == 0) {
        return no_stage();
    }
    return {{"count", histogram.count()},
            {"mean", histogram.mean()},
            {"p50", histogram.quantile(0.5)},
            {"p95", histogram.quantile(0.95)},
            {"p99", histogram.quantile(0.99)}};
}

nlohmann::json stage_view(std::vector<float> seconds) {
    if (seconds.empty()) {
        return no_stage();
    }
    std::sort(seconds.begin(), seconds.end());
    double sum = 0;
    for (const float value : seconds) {
        sum += static_cast<double>(value);
    }
    const auto quantile = [&](double share) {
        const double rank = std::ceil(share * static_cast<double>(seconds.size()));
        return seconds[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
    };
    return {{"count", seconds.size()},
            {"mean", sum / static_cast<double>(seconds.size())},
            {"p50", quantile(0.5)},
            {"p95", quantile(0.95)},
            {"p99", quantile(0.99)}};
}

struct DeviceRow {
    std::vector<int> workers;
    double busy_seconds = 0;
};

std::map<std::string, DeviceRow> device_rows(const Supervisor& supervisor, TimePoint now) {
    std::map<std::string, DeviceRow> rows;
    for (const auto& worker : supervisor.fleet().workers()) {
        DeviceRow& row = rows[worker->slot().device];
        row.workers.push_back(worker->index());
        row.busy_seconds += to_seconds(worker->held().busy(now));
    }
    return rows;
}

nlohmann::json device_head(const Supervisor& supervisor, const std::string& device, const DeviceRow& row) {
    nlohmann::json name;
    for (const GpuReading& reading : supervisor.gpus().readings) {
        if (reading.gpu.uuid == device) {
            name = reading.gpu.name;
        }
    }
    return {{"device", device}, {"name", std::move(name)}, {"workers", row.workers.size()}};
}

// How well the cost of an image is predicted on this device; null before there was enough to learn from.
nlohmann::json predictions_view(const Supervisor& supervisor, const DeviceRow& row) {
    const CostModel* model = supervisor.costs().model_of(row.workers.front());
    if (model == nullptr || model->quality().count == 0) {
        return nullptr;
    }
    const PredictionQuality& quality = model->quality();
    return {{"count", quality.count},
            {"mean_seconds", quality.mean_seconds},
            {"cost_error", quality.cost_error},
            {"score_error", quality.score_error},
            {"mean_error", quality.mean_error}};
}

// The process that judges images; null for policies that do not ask.
nlohmann::json estimator_view(const Supervisor& supervisor) {
    const Estimation& estimation = supervisor.estimation();
    if (!estimation.started() || estimation.worker() == nullptr) {
        return nullptr;
    }
    const Worker& worker = *estimation.worker();
    return {{"state", worker_state_name(worker.state())},
            {"pid", worker.pid() != 0 ? nlohmann::json(worker.pid()) : nlohmann::json()},
            {"answered", estimation.answered()},
            {"waiting", estimation.waiting() + worker.held().size()}};
}

// How much of the devices' time was used; several workers of a device share its time.
double share_of(double busy_seconds, std::size_t workers, double window) {
    const double available = window * static_cast<double>(std::max<std::size_t>(1, workers));
    return available > 0 ? std::min(1.0, busy_seconds / available) : 0;
}

nlohmann::json since_start(const Supervisor& supervisor, TimePoint now) {
    static const Statistics::DeviceStages kNone{};
    nlohmann::json devices = nlohmann::json::array();
    for (const auto& [device, row] : device_rows(supervisor, now)) {
        const Statistics::Counts& counts = supervisor.statistics().device(device);
        const auto found = supervisor.statistics().devices().find(device);
        const Statistics::DeviceStages& stages =
            found == supervisor.statistics().devices().end() ? kNone : found->second;
        nlohmann::json json = device_head(supervisor, device, row);
        json["completed"] = counts.completed;
        json["failed"] = counts.failed;
        json["total_seconds"] = counts.total_seconds;
        json["mean_seconds"] =
            counts.completed > 0 ? nlohmann::json(counts.mean_seconds()) : nlohmann::json();
        json["utilization"] =
            share_of(row.busy_seconds, row.workers.size(), to_seconds(now - supervisor.started()));
        nlohmann::json by_stage;
        for (const Stage stage : kShownStages) {
            by_stage[std::string(stage_name(stage))] =
                stage_view(stages.stages[static_cast<std::size_t>(stage)]);
        }
        by_stage["total"] = stage_view(stages.total);
        json["stages"] = std::move(by_stage);
        json["predictions"] = predictions_view(supervisor, row);
        devices.push_back(std::move(json));
    }
    return devices;
}

struct Window {
    std::uint64_t completed = 0, failed = 0;
    double total_seconds = 0;
    std::array<std::vector<float>, kStageCount> stages;
    std::vector<float> totals;
};

nlohmann::json since_time(const Supervisor& supervisor, TimePoint from, TimePoint now) {
    std::map<std::string, Window> windows;
    for (const TaskSample& sample : supervisor.statistics().samples().all()) {
        if (sample.time < from) {
            continue;
        }
        Window& window = windows[supervisor.device_of(sample.worker)];
        if (!sample.done) {
            ++window.failed;
            continue;
        }
        ++window.completed;
        float total = 0;
        for (std::size_t i = 0; i < sample.stage_seconds.size(); ++i) {
            window.stages[i].push_back(sample.stage_seconds[i]);
            total += sample.stage_seconds[i];
        }
        window.totals.push_back(total);
        window.total_seconds += static_cast<double>(total);
    }
    nlohmann::json devices = nlohmann::json::array();
    for (const auto& [device, row] : device_rows(supervisor, now)) {
        Window& window = windows[device];
        nlohmann::json json = device_head(supervisor, device, row);
        json["completed"] = window.completed;
        json["failed"] = window.failed;
        json["total_seconds"] = window.total_seconds;
        json["mean_seconds"] =
            window.completed > 0
                ? nlohmann::json(window.total_seconds / static_cast<double>(window.completed))
                : nlohmann::json();
        // From the finished runs alone: what is under way is not in it.
        json["utilization"] = share_of(window.total_seconds, row.workers.size(), to_seconds(now - from));
        json["utilization_estimated"] = true;
        nlohmann::json by_stage;
        for (const Stage stage : kShownStages) {
            by_stage[std::string(stage_name(stage))] =
                stage_view(std::move(window.stages[static_cast<std::size_t>(stage)]));
        }
        by_stage["total"] = stage_view(std::move(window.totals));
        json["stages"] = std::move(by_stage);
        json["predictions"] = predictions_view(supervisor, row);
        devices.push_back(std::move(json));
    }
    return devices;
}

}  // namespace

nlohmann::json stats_view(const Supervisor& supervisor, std::optional<std::int64_t> since_ms) {
    const TimePoint now = Clock::now();
    const std::int64_t now_ms = unix_milliseconds_now();
    const auto wall_time = [&](TimePoint time) {
        return now_ms - std::chrono::duration_cast<std::chrono::milliseconds>(now - time).count();
    };
    TimePoint from = supervisor.started();
    if (since_ms) {
        from = std::max(from, now - std::chrono::milliseconds(std::max<std::int64_t>(0, now_ms - *since_ms)));
    }
    const auto with_head = [&](nlohmann::json devices) {
        return nlohmann::json{{"since", utc_time_text(wall_time(from))},
                              {"policy", supervisor.policy()},
                              {"estimator", estimator_view(supervisor)},
                              {"devices", std::move(devices)}};
    };
    if (from == supervisor.started()) {
        return with_head(since_start(supervisor, now));
    }
    from = std::max(from, supervisor.statistics().samples().lost_before().value_or(from));
    return with_head(since_time(supervisor, from, now));
}

nlohmann::json samples_view(const Supervisor& supervisor, std::size_t count) {
    std::vector<const TaskSample*> done;
    for (const TaskSample& sample : supervisor.statistics().samples().all()) {
        if (sample.done) {
            done.push_back(&sample);
        }
    }
    nlohmann::json list = nlohmann::json::array();
    const std::size_t chosen = std::min(count, done.size());
    for (std::size_t i = 0; i < chosen; ++i) {
        const TaskSample& sample = *done[i * done.size() / chosen];
        const auto seconds = [&](Stage stage) {
            return sample.stage_seconds[static_cast<std::size_t>(stage)];
        };
        list.push_back({sample.worker, seconds(Stage::decode), seconds(Stage::infer), seconds(Stage::write),
                        sample.batch});
    }
    return list;
}

std::optional<std::int64_t> parse_utc_time(const std::string& text) {
    tm parts{};
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) {
        return std::nullopt;
    }
    std::int64_t milliseconds = 0;
    if (*rest == '.') {
        std::int64_t unit = 100;
        for (++rest; *rest >= '0' && *rest <= '9'; ++rest) {
            milliseconds += (*rest - '0') * unit;
            unit /= 10;
        }
    }
    if (std::string_view(rest) != "Z" && std::string_view(rest) != "+00:00") {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(::timegm(&parts)) * 1000 + milliseconds;
}

}  // namespace hrn::supervisor
