// Commands that change tasks. Storage makes them durable before they are answered.
#include <nlohmann/json.hpp>

#include "shared/text.hpp"
#include "supervisor/control/arguments.hpp"
#include "supervisor/control/commands.hpp"
#include "supervisor/control/gather_tasks.hpp"
#include "supervisor/control/reply.hpp"
#include "supervisor/control/stats_view.hpp"
#include "supervisor/control/waiters.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

std::vector<std::string> ids_argument(const nlohmann::json& arguments) {
    std::vector<std::string> ids = texts_argument(arguments, "ids");
    if (ids.empty()) {
        throw BadArgument("argument \"ids\" is missing");
    }
    return ids;
}

// Storage's {"ids": …} under the name that the command gives it.
JsonCallback answer_as(const Reply& reply, const char* name) {
    return [reply, name](const nlohmann::json& answer) {
        if (is_failure(answer)) {
            reply.forward(answer);
        } else {
            reply.result({{name, answer.value("ids", nlohmann::json::array())}});
        }
    };
}

}  // namespace

void Commands::retry(const Arguments& arguments, const Reply& reply) {
    const std::vector<std::string> ids = texts_argument(arguments, "ids");
    const bool all_failed = flag_argument(arguments, "failed");
    if (ids.empty() == !all_failed) {
        throw BadArgument("give either \"ids\" or \"failed\": true");
    }
    supervisor_.storage().retry(ids, all_failed,
                                [reply](const nlohmann::json& answer) { reply.forward(answer); });
}

void Commands::cancel(const Arguments& arguments, const Reply& reply) {
    supervisor_.storage().resolve(ids_argument(arguments), [this, reply](const nlohmann::json& resolved) {
        if (is_failure(resolved)) {
            reply.forward(resolved);
            return;
        }
        const std::vector<TaskId> ids = ids_of(resolved);
        for (const TaskId& id : ids) {
            if (!supervisor_.is_unfinished(id)) {
                reply.error("wrong_state", "task " + id.text() + " is finished");
                return;
            }
        }
        supervisor_.cancel(ids);
        supervisor_.storage().after_all([this, reply, ids] { waiters_->wait_for_cancelled(reply, ids); });
    });
}

void Commands::hold(const Arguments& arguments, const Reply& reply) {
    supervisor_.storage().set_held(ids_argument(arguments), true, answer_as(reply, "held"));
}

void Commands::release(const Arguments& arguments, const Reply& reply) {
    supervisor_.storage().set_held(ids_argument(arguments), false, answer_as(reply, "released"));
}

void Commands::bump(const Arguments& arguments, const Reply& reply) {
    supervisor_.storage().bump(ids_argument(arguments), answer_as(reply, "bumped"));
}

void Commands::clean(const Arguments& arguments, const Reply& reply) {
    std::int64_t before_ms = unix_milliseconds_now() + 1;  // whatever is settled
    if (const std::optional<std::string> text = text_argument(arguments, "older_than")) {
        const std::optional<std::int64_t> time = parse_utc_time(*text);
        if (!time) {
            throw BadArgument("argument \"older_than\" must be a UTC time like 2026-11-24T08:00:00Z");
        }
        before_ms = *time;
    }
    supervisor_.storage().clean(flag_argument(arguments, "failed"), before_ms,
                                [reply](const nlohmann::json& answer) { reply.forward(answer); });
}

}  // namespace hrn::supervisor
