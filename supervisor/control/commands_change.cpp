// Commands that change what the service does.
#include <nlohmann/json.hpp>
#include <set>

#include "shared/text.hpp"
#include "supervisor/control/arguments.hpp"
#include "supervisor/control/commands.hpp"
#include "supervisor/control/reply.hpp"
#include "supervisor/control/waiters.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

// It holds over a restart, too, once it is answered.
void answer_when_durable(Supervisor& supervisor, const Reply& reply, const nlohmann::json& result) {
    supervisor.storage().after_all([reply, result] { reply.result(result); });
}

}  // namespace

void Commands::pause(const Arguments&, const Reply& reply) {
    supervisor_.pause();
    answer_when_durable(supervisor_, reply, {{"state", service_state_name(supervisor_.state())}});
}

void Commands::resume(const Arguments&, const Reply& reply) {
    supervisor_.resume();
    answer_when_durable(supervisor_, reply, {{"state", service_state_name(supervisor_.state())}});
}

void Commands::drain(const Arguments&, const Reply& reply) {
    supervisor_.drain();
    reply.result({{"state", service_state_name(supervisor_.state())}});
}

void Commands::reload(const Arguments&, const Reply& reply) {
    const Supervisor::Reloaded reloaded = supervisor_.reload();
    if (!reloaded.refused.empty()) {
        reply.error("bad_configuration", reloaded.refused);
        return;
    }
    nlohmann::json changes = nlohmann::json::array();
    for (const ConfigChange& change : reloaded.changes) {
        changes.push_back({{"key", std::string(change.key->section).append(".").append(change.key->name)},
                           {"from", change.from},
                           {"to", change.to},
                           {"applies", reload_name(change.key->reload)}});
    }
    reply.result({{"changes", std::move(changes)}});
}

void Commands::restart_worker(const Arguments& arguments, const Reply& reply) {
    if (supervisor_.stopping()) {
        reply.error("wrong_state", "the service is stopping");
        return;
    }
    const Fleet& fleet = supervisor_.fleet();
    nlohmann::json restarting = nlohmann::json::array();
    if (flag_argument(arguments, "all")) {
        for (const auto& worker : fleet.workers()) {
            if (fleet.in_service(*worker)) {
                restarting.push_back(worker->index());
                worker->drain(true);
            }
        }
    } else {
        const std::optional<std::int64_t> index = integer_argument(arguments, "index");
        if (!index) {
            throw BadArgument("argument \"index\" (a worker's number) or \"all\" is missing");
        }
        Worker* worker = *index >= 0 && *index < 1'000'000 ? fleet.find(static_cast<int>(*index)) : nullptr;
        if (worker != nullptr && fleet.drain_reason(worker->slot().device)) {
            reply.error("wrong_state",
                        "its device is drained (hrn-ctl device resume " + worker->slot().device + ")");
            return;
        }
        if (worker == nullptr || !fleet.in_service(*worker)) {
            reply.error("not_found", "there is no worker " + std::to_string(*index));
            return;
        }
        restarting.push_back(worker->index());
        worker->drain(true);
    }
    reply.result({{"restarting", std::move(restarting)}});
}

// The device that is meant; answers and gives nothing if there is none.
std::optional<std::string> Commands::device_argument(const Arguments& arguments, const Reply& reply) {
    const std::optional<std::string> name = text_argument(arguments, "device");
    if (!name) {
        throw BadArgument("argument \"device\" is missing");
    }
    if (supervisor_.stopping()) {
        reply.error("wrong_state", "the service is stopping");
        return std::nullopt;
    }
    if (!supervisor_.fleet().opened()) {
        reply.error("busy", "the service is still starting: it has no workers yet");
        return std::nullopt;
    }
    std::optional<std::string> device = supervisor_.device_named(*name);
    if (!device) {
        std::set<std::string> known;
        for (const Worker* worker : supervisor_.fleet().shown()) {
            known.insert(worker->slot().device);
        }
        std::string list;
        for (const std::string& one : known) {
            list.append(list.empty() ? "" : ", ").append(one);
        }
        reply.error("not_found", "no worker has a device " + to_utf8(*name) + "; there are: " + list);
    }
    return device;
}

void Commands::device_drain(const Arguments& arguments, const Reply& reply) {
    const std::string reason = text_argument(arguments, "reason").value_or("");
    if (const std::optional<std::string> device = device_argument(arguments, reply)) {
        answer_when_durable(supervisor_, reply,
                            {{"device", *device}, {"workers", supervisor_.drain_device(*device, reason)}});
    }
}

void Commands::device_resume(const Arguments& arguments, const Reply& reply) {
    if (const std::optional<std::string> device = device_argument(arguments, reply)) {
        answer_when_durable(supervisor_, reply,
                            {{"device", *device}, {"workers", supervisor_.resume_device(*device)}});
    }
}

}  // namespace hrn::supervisor
