#include "shared/worker_launch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace hrn {
namespace {

// One row per argument: its name, and where its number goes. `device` and `generation` are not plain numbers.
struct NumberRow {
    std::string_view name;
    int WorkerLaunch::*member;
    bool required;
};
constexpr std::array<NumberRow, 8> kNumbers = {{
    {"--index", &WorkerLaunch::index, true},
    {"--supervisor-pid", &WorkerLaunch::supervisor_pid, true},
    {"--orders-fd", &WorkerLaunch::orders_fd, true},
    {"--reports-fd", &WorkerLaunch::reports_fd, true},
    {"--config-fd", &WorkerLaunch::config_fd, true},
    {"--wake-fd", &WorkerLaunch::wake_fd, true},
    {"--notify-fd", &WorkerLaunch::notify_fd, true},
    {"--lock-fd", &WorkerLaunch::lock_fd, false},
}};
constexpr std::string_view kGeneration = "--generation", kDevice = "--device", kRole = "--role";
constexpr std::string_view kCompute = "compute", kEstimate = "estimate";

int parse_number(std::string_view name, std::string_view text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
        throw std::invalid_argument(std::string(name) + ": \"" + std::string(text) +
                                    "\" is not a number from 0");
    }
    return value;
}

constexpr std::array<WorkerExitRow, 8> kExits = {{
    {WorkerExit::ok, "ok", "The worker drained and ended.", false, false},
    {WorkerExit::usage, "usage", "The worker was started with wrong arguments.", true, true},
    {WorkerExit::not_started, "not_started",
     "The machine refused the worker something that it needs to start; its last line says what.", true,
     false},
    {WorkerExit::device_fatal, "device_fatal", "The device reported an error that only a restart mends.",
     true, false},
    {WorkerExit::device_lost, "device_lost", "The device is not there.", true, false},
    {WorkerExit::protocol, "protocol", "The worker found nonsense in the supervisor's segment.", true, false},
    {WorkerExit::recycled, "recycled", "The worker reached one of its limits and makes room for a fresh one.",
     false, false},
    {WorkerExit::model, "model", "The model cannot be loaded; run hrn-model verify on model.dir.", true,
     true},
}};

}  // namespace

std::vector<std::string> arguments_of(const WorkerLaunch& launch) {
    std::vector<std::string> arguments;
    for (const NumberRow& row : kNumbers) {
        if (row.required || launch.*row.member >= 0) {
            arguments.emplace_back(row.name);
            arguments.push_back(std::to_string(launch.*row.member));
        }
    }
    arguments.emplace_back(kGeneration);
    arguments.push_back(generation_text(launch.generation));
    arguments.emplace_back(kDevice);
    arguments.push_back(launch.device);
    if (launch.role == WorkerRole::estimate) {
        arguments.emplace_back(kRole);
        arguments.emplace_back(kEstimate);
    }
    return arguments;
}

WorkerLaunch parse_worker_arguments(std::span<const char* const> arguments) {
    WorkerLaunch launch;
    std::array<bool, kNumbers.size()> seen{};
    bool generation_seen = false;
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        const std::string_view name = arguments[i];
        if (i + 1 == arguments.size()) {
            throw std::invalid_argument(std::string(name) + ": its value is missing");
        }
        const std::string_view value = arguments[i + 1];
        if (name == kGeneration) {
            const auto generation = parse_generation(value);
            if (!generation) {
                throw std::invalid_argument("--generation: \"" + std::string(value) +
                                            "\" is not 16 hex digits");
            }
            launch.generation = *generation;
            generation_seen = true;
            continue;
        }
        if (name == kDevice) {
            launch.device = value;
            continue;
        }
        if (name == kRole) {
            if (value != kCompute && value != kEstimate) {
                throw std::invalid_argument("--role: \"" + std::string(value) +
                                            "\" is neither compute nor estimate");
            }
            launch.role = value == kEstimate ? WorkerRole::estimate : WorkerRole::compute;
            continue;
        }
        const auto row = std::find_if(kNumbers.begin(), kNumbers.end(),
                                      [&](const NumberRow& candidate) { return candidate.name == name; });
        if (row == kNumbers.end()) {
            throw std::invalid_argument("\"" + std::string(name) + "\": no such argument of a worker");
        }
        launch.*row->member = parse_number(name, value);
        seen[static_cast<std::size_t>(row - kNumbers.begin())] = true;
    }
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
        if (kNumbers[i].required && !seen[i]) {
            throw std::invalid_argument(std::string(kNumbers[i].name) + " is missing");
        }
    }
    if (!generation_seen || launch.device.empty()) {
        throw std::invalid_argument(std::string(generation_seen ? kDevice : kGeneration) + " is missing");
    }
    return launch;
}

std::string generation_text(std::uint64_t generation) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 0; i < text.size(); ++i) {
        text[i] = digits[(generation >> (60 - 4 * i)) & 15];
    }
    return text;
}

std::optional<std::uint64_t> parse_generation(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.size() != 16 || error != std::errc{} || end != text.data() + text.size() ||
        generation_text(value) != text) {  // one spelling only: lower case, no sign
        return std::nullopt;
    }
    return value;
}

std::span<const WorkerExitRow> worker_exit_table() {
    return kExits;
}

const WorkerExitRow* find_worker_exit(int status) {
    const auto row = std::find_if(kExits.begin(), kExits.end(), [&](const WorkerExitRow& candidate) {
        return static_cast<int>(candidate.status) == status;
    });
    return row == kExits.end() ? nullptr : &*row;
}

}  // namespace hrn
