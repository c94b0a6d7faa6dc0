// Commands that show something and need no store.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "shared/protocol.hpp"
#include "supervisor/control/arguments.hpp"
#include "supervisor/control/commands.hpp"
#include "supervisor/control/control_server.hpp"
#include "supervisor/control/reply.hpp"
#include "supervisor/control/stats_view.hpp"
#include "supervisor/control/views.hpp"
#include "supervisor/control/waiters.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {

void Commands::ping(const Arguments&, const Reply& reply) {
    const Config::Service& service = supervisor_.config().service;
    reply.result({{"program", "hrn-supervisor"},
                  {"version", version_},
                  {"pid", ::getpid()},
                  {"spool_dir", service.spool_dir},
                  {"results_dir", service.results_dir}});
}

void Commands::status(const Arguments&, const Reply& reply) {
    nlohmann::json result = status_view(supervisor_);
    result["version"] = version_;
    reply.result(result);
}

void Commands::workers(const Arguments&, const Reply& reply) {
    nlohmann::json list = nlohmann::json::array();
    for (const Worker* worker : supervisor_.fleet().shown()) {
        list.push_back(detailed_worker_view(supervisor_, *worker));
    }
    reply.result(list);
}

void Commands::gpus(const Arguments&, const Reply& reply) {
    reply.result(gpus_view(supervisor_));
}

void Commands::stats(const Arguments& arguments, const Reply& reply) {
    std::optional<std::int64_t> since;
    if (const std::optional<std::string> text = text_argument(arguments, "since")) {
        since = parse_utc_time(*text);
        if (!since) {
            throw BadArgument("argument \"since\" must be a UTC time like 2026-11-24T08:00:00Z");
        }
    }
    nlohmann::json result = stats_view(supervisor_, since);
    if (const std::optional<std::int64_t> count = integer_argument(arguments, "samples")) {
        if (*count < 1 || *count > kMostSamples) {
            throw BadArgument("argument \"samples\" must be from 1 to " + std::to_string(kMostSamples));
        }
        result["samples"] = samples_view(supervisor_, static_cast<std::size_t>(*count));
    }
    reply.result(result);
}

void Commands::subscribe(const Arguments& arguments, const Reply& reply) {
    const std::vector<std::string> names = texts_argument(arguments, "events");
    for (const std::string& name : names) {
        const auto known = protocol::events();
        if (std::none_of(known.begin(), known.end(),
                         [&](const protocol::EventRow& row) { return row.name == name; })) {
            throw BadArgument("there is no event \"" + name + "\"");
        }
    }
    const std::shared_ptr<Connection> connection = reply.connection();
    if (!connection || !connection->open()) {
        return;
    }
    connection->subscribe({names.begin(), names.end()});
    server_->subscriber_added();
    reply.result(nlohmann::json::object());
}

}  // namespace hrn::supervisor
