#include "supervisor/loop/estimation.hpp"

#include <nlohmann/json.hpp>

#include "shared/log.hpp"

namespace hrn::supervisor {
namespace {

// A slot of its own among those of the CPU: its lock is nobody else's.
constexpr int kOrdinal = 1000;
constexpr double kMostPixels = 1e12, kMostWork = 1e9;

std::optional<double> number_in(const nlohmann::json& json, const char* key, double low, double high) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number()) {
        return std::nullopt;
    }
    const double value = found->get<double>();
    return value >= low && value <= high ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<Estimate> parse_estimate(const ReportRecord& report) {
    const nlohmann::json json = nlohmann::json::parse(text_of(report), nullptr, false);
    if (!json.is_object()) {
        return std::nullopt;
    }
    const auto pixels = number_in(json, "pixels", 0, kMostPixels);
    const auto score = number_in(json, "score", 0, 1);
    const auto work = number_in(json, "work", 0, kMostWork);
    if (!pixels || !score || !work) {
        return std::nullopt;
    }
    Estimate estimate;
    estimate.level = report.stage == static_cast<std::uint16_t>(Stage::decode) ? Estimate::Level::image
                                                                               : Estimate::Level::header;
    estimate.megapixels = *pixels * 1e-6;
    estimate.score = *score;
    estimate.work = *work;
    return estimate;
}

void Estimation::start() {
    if (!worker_) {
        WorkerHost& host = *this;
        worker_ = std::make_unique<Worker>(io_, host, kIndex,
                                           DeviceSlot{"cpu", kOrdinal, {}, WorkerRole::estimate});
    }
    started_ = true;
    worker_->start();
}

void Estimation::stop() {
    started_ = false;
    questions_.clear();
    if (worker_) {
        worker_->stop(false);
    }
}

void Estimation::add(const TaskId& id) {
    if (started_) {
        questions_.push_back(id);
        ask(Clock::now());
    }
}

void Estimation::tick(TimePoint now) {
    if (worker_) {
        worker_->tick(now);
        ask(now);
    }
}

void Estimation::ask(TimePoint now) {
    if (!started_) {
        return;
    }
    while (!questions_.empty() && worker_->room() > 0) {
        const TaskId id = questions_.front();
        const std::uint64_t bytes = ports_.still_waiting(id);
        if (bytes > 0 && worker_->held().find(id) == nullptr && !worker_->give(id, 1, bytes, false, now)) {
            break;
        }
        questions_.pop_front();
    }
    worker_->flush();
}

std::string Estimation::on_estimate(const HeldOrder& order, const ReportRecord& report) {
    const std::optional<Estimate> estimate = parse_estimate(report);
    if (!estimate) {
        return "an estimate that makes no sense: " + text_of(report);
    }
    answered_ += estimate->level == Estimate::Level::image ? 1 : 0;
    ports_.estimated(order.id, *estimate);
    return {};
}

void Estimation::on_worker_gone(Worker&, const Verdict& verdict, std::uint64_t) {
    if (!started_) {
        return;
    }
    if (!verdict.restart_at_once) {
        log::warning("the estimator died; until it is back, files are judged by their size",
                     {{"how", verdict.text}, {"suspects", std::to_string(verdict.suspects.size())}});
    }
    for (const TaskId& id : verdict.innocents) {
        questions_.push_back(id);
    }
}

}  // namespace hrn::supervisor
