#include "supervisor/ctl/bench/plan.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "supervisor/ctl/bench/capacity.hpp"
#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"
#include "supervisor/ctl/table.hpp"

namespace hrn::ctl {
namespace {

constexpr std::size_t kFewestSamples = 10;
constexpr int kSamples = 2000;

DrawSeconds measured(const Options& options, std::size_t& count) {
    const nlohmann::json stats = Client(socket_path(options)).request("stats", {{"samples", kSamples}});
    std::vector<double> seconds = device_seconds(stats);
    count = seconds.size();
    if (count < kFewestSamples) {
        throw CommandError(Exit::failed,
                           "plan: the service has measured only " + std::to_string(count) +
                               " images since its start; let it compute more, or give --service-ms");
    }
    return draw_from(std::move(seconds));
}

}  // namespace

std::vector<double> device_seconds(const nlohmann::json& stats) {
    std::vector<std::array<double, 3>> stages;
    for (const nlohmann::json& sample : list_at(stats, "samples")) {
        if (sample.is_array() && sample.size() == 5 &&
            std::all_of(sample.begin(), sample.end(),
                        [](const nlohmann::json& one) { return one.is_number(); })) {
            const double batch = std::max(1.0, sample[4].get<double>());
            stages.push_back(
                {sample[1].get<double>(), sample[2].get<double>() / batch, sample[3].get<double>()});
        }
    }
    // Images go through the stages one behind the other, so the stage that needs most sets the pace.
    std::array<double, 3> sums{};
    for (const auto& one : stages) {
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sums[i] += one[i];
        }
    }
    const auto slowest = static_cast<std::size_t>(std::max_element(sums.begin(), sums.end()) - sums.begin());
    std::vector<double> seconds;
    for (const auto& one : stages) {
        if (one[slowest] > 0) {
            seconds.push_back(one[slowest]);
        }
    }
    return seconds;
}

Exit plan(const Options& options, const Console& console) {
    const PlanOptions& wanted = options.plan;
    const double deadline = *duration_seconds(wanted.deadline);
    std::size_t samples = 0;
    const DrawSeconds draw = wanted.measured ? measured(options, samples) : draw_from(wanted.times);
    const CapacityPlan plan = plan_capacity(wanted.images, deadline, wanted.confidence, wanted.most, draw,
                                            static_cast<std::uint64_t>(wanted.seed));
    if (options.json) {
        nlohmann::json rows = nlohmann::json::array();
        for (const CapacityRow& row : plan.rows) {
            rows.push_back({{"gpus", row.devices},
                            {"mean_seconds", row.mean_seconds},
                            {"sure_seconds", row.sure_seconds},
                            {"in_time", row.in_time}});
        }
        console.out << nlohmann::json{{"images", wanted.images},
                                      {"deadline_seconds", deadline},
                                      {"confidence", wanted.confidence},
                                      {"source", wanted.measured ? "measured" : "given"},
                                      {"samples", samples},
                                      {"gpus",
                                       plan.devices ? nlohmann::json(*plan.devices) : nlohmann::json()},
                                      {"estimated", true},
                                      {"considered", std::move(rows)}}
                           .dump(2)
                    << "\n";
        return plan.devices ? Exit::done : Exit::failed;
    }
    Table table({{"GPUS", Align::right}, {"MEAN", Align::right}, {"NOT OVER", Align::right}, {"IN TIME"}});
    for (const CapacityRow& row : plan.rows) {
        table.add({std::to_string(row.devices), duration_text(row.mean_seconds),
                   duration_text(row.sure_seconds), row.in_time ? "yes" : "no"});
    }
    table.print(console);
    console.out << "\n";
    const std::string verdict = plan.devices ? std::to_string(*plan.devices) +
                                                   (*plan.devices == 1 ? " GPU is" : " GPUs are") + " enough"
                                             : std::to_string(wanted.most) + " GPUs are not enough";
    const std::string source =
        wanted.measured ? std::to_string(samples) + " measured images" : "the given service times";
    print_wrapped(console,
                  verdict + " for " + count_text(static_cast<double>(wanted.images)) + " images in " +
                      duration_text(deadline) + " (in " + percent_text(wanted.confidence) + " of " +
                      std::to_string(runs_for(wanted.images)) + " simulated runs; an estimate, from " +
                      source + ")",
                  0);
    return plan.devices ? Exit::done : Exit::failed;
}

}  // namespace hrn::ctl
