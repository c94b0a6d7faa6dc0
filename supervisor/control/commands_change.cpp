// Commands that change what the service does.
#include <nlohmann/json.hpp>

#include "supervisor/control/arguments.hpp"
#include "supervisor/control/commands.hpp"
#include "supervisor/control/reply.hpp"
#include "supervisor/control/waiters.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {

void Commands::pause(const Arguments&, const Reply& reply) {
    supervisor_.pause();
    reply.result({{"state", service_state_name(supervisor_.state())}});
}

void Commands::resume(const Arguments&, const Reply& reply) {
    supervisor_.resume();
    reply.result({{"state", service_state_name(supervisor_.state())}});
}

void Commands::drain(const Arguments&, const Reply& reply) {
    supervisor_.drain();
    reply.result({{"state", service_state_name(supervisor_.state())}});
}

void Commands::restart_worker(const Arguments& arguments, const Reply& reply) {
    if (supervisor_.stopping()) {
        reply.error("wrong_state", "the service is stopping");
        return;
    }
    nlohmann::json restarting = nlohmann::json::array();
    if (flag_argument(arguments, "all")) {
        for (const auto& worker : supervisor_.fleet().workers()) {
            restarting.push_back(worker->index());
            worker->drain(true);
        }
    } else {
        const std::optional<std::int64_t> index = integer_argument(arguments, "index");
        if (!index) {
            throw BadArgument("argument \"index\" (a worker's number) or \"all\" is missing");
        }
        Worker* worker =
            *index >= 0 && *index < 1'000'000 ? supervisor_.fleet().find(static_cast<int>(*index)) : nullptr;
        if (worker == nullptr) {
            reply.error("not_found", "there is no worker " + std::to_string(*index));
            return;
        }
        restarting.push_back(worker->index());
        worker->drain(true);
    }
    reply.result({{"restarting", std::move(restarting)}});
}

}  // namespace hrn::supervisor
