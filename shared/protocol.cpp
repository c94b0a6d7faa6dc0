#include "shared/protocol.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace hrn::protocol {
namespace {

constexpr std::array<CommandRow, 24> kCommands = {{
    {"ping", false, "Answers at once; for scripts that wait for the start."},
    {"status", false, "State, intake, queue, totals, workers and problems."},
    {"workers", false, "One entry a worker."},
    {"gpus", false, "One entry a GPU, as NVML sees it."},
    {"tasks", false, "A page of tasks, newest first."},
    {"show", false, "Everything about one task."},
    {"stats", false, "Per device: counts, seconds, utilisation, percentiles by stage."},
    {"subscribe", false, "Turns the connection into a stream of events."},
    {"wait", false, "Answers when the named tasks, or everything, are finished."},
    {"submitted", false, "Answers with the ids of files just put into incoming/."},
    {"retry", true, "Failed or quarantined tasks are queued again with no attempts charged."},
    {"cancel", true, "Unfinished tasks fail with code cancelled; what a worker computes of them is dropped."},
    {"hold", true, "Queued tasks are not dispatched until they are released."},
    {"release", true, "Held tasks may be dispatched again."},
    {"bump", true, "Queued tasks are dispatched before all others."},
    {"clean", true, "Throws away the originals of finished tasks, or failed tasks altogether."},
    {"pause", true, "Nothing more is claimed or dispatched."},
    {"resume", true, "Ends pause and drain."},
    {"drain", true, "Nothing more is claimed; what is queued is finished."},
    {"reload", true, "Reads the configuration again; a bad file changes nothing."},
    {"restart-worker", true, "A worker finishes what it holds and is started anew."},
    {"device-drain", true, "The workers of a device finish what they hold and stay away."},
    {"device-resume", true, "They come back."},
    {"rescan", true, "Reads incoming/ as a whole now."},
}};

constexpr std::array<EventRow, 17> kEvents = {{
    {"task.queued", "An image was claimed and has an id."},
    {"task.started", "A task was given to a worker."},
    {"task.done", "A result was published."},
    {"task.failed", "A task failed for good."},
    {"task.retrying", "An attempt failed; the task is queued again."},
    {"task.rescued", "A task was taken back from a dead worker without being charged."},
    {"task.quarantined", "An image killed workers and is set aside."},
    {"worker.ready", "A worker has loaded its model."},
    {"worker.died", "A worker ended when it should not have."},
    {"worker.stopped", "A worker ended as it was told."},
    {"device.down", "A device was given up until the next probe."},
    {"device.up", "A device that was given up works again."},
    {"device.drained", "A device was drained by a command."},
    {"device.resumed", "It may work again."},
    {"config.reloaded", "A new configuration is in force."},
    {"problem", "A condition that status lists as a problem began."},
    {"problem.cleared", "It ended."},
}};

constexpr int kDeepest = 32;  // levels of a request; the deepest real one has four

std::string dump(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::span<const CommandRow> commands() {
    return kCommands;
}

const CommandRow* find_command(std::string_view name) {
    const auto row = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const CommandRow& candidate) { return candidate.name == name; });
    return row == kCommands.end() ? nullptr : &*row;
}

std::span<const EventRow> events() {
    return kEvents;
}

ParsedRequest::ParsedRequest(std::string_view line) {
    if (line.size() > kMaxRequestBytes) {
        throw std::invalid_argument("the request is longer than 65536 bytes");
    }
    // The parser is not recursive, but copying and dumping what it made is: a bomb of brackets must not use
    // up the stack of whoever touches the arguments.
    const auto refuse_depth = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > kDeepest) {
            throw std::invalid_argument("the request is nested too deeply");
        }
        return true;
    };
    nlohmann::json request = nlohmann::json::parse(line, refuse_depth, false);
    if (!request.is_object()) {
        throw std::invalid_argument("the request is not a JSON object in one line");
    }
    const auto command = request.find("command");
    if (command == request.end() || !command->is_string()) {
        throw std::invalid_argument("the request lacks \"command\", a text");
    }
    command_ = command->get<std::string>();
    nlohmann::json arguments = request.value("arguments", nlohmann::json::object());
    if (!arguments.is_object()) {
        throw std::invalid_argument("\"arguments\" is not an object");
    }
    nlohmann::json id = request.value("id", nlohmann::json());
    if (id.is_structured()) {
        throw std::invalid_argument("\"id\" is not a text or a number");
    }
    arguments_ = std::make_unique<nlohmann::json>(std::move(arguments));
    id_ = std::make_unique<nlohmann::json>(std::move(id));
}

ParsedRequest::~ParsedRequest() = default;
ParsedRequest::ParsedRequest(ParsedRequest&&) noexcept = default;
ParsedRequest& ParsedRequest::operator=(ParsedRequest&&) noexcept = default;

std::string request_line(std::string_view command, const nlohmann::json& arguments) {
    return dump({{"command", command}, {"arguments", arguments}});
}

std::string answer_line(const nlohmann::json& id, const nlohmann::json& result) {
    return dump({{"ok", true}, {"result", result}, {"id", id}});
}

std::string error_line(const nlohmann::json& id, std::string_view code, std::string_view message) {
    return dump({{"ok", false}, {"error", {{"code", code}, {"message", message}}}, {"id", id}});
}

}  // namespace hrn::protocol
