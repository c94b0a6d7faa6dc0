#include "supervisor/control/commands.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "shared/log.hpp"
#include "shared/protocol.hpp"
#include "supervisor/control/arguments.hpp"
#include "supervisor/control/reply.hpp"
#include "supervisor/control/waiters.hpp"

namespace hrn::supervisor {

struct Commands::Row {
    std::string_view name;
    Handler handler;
};

Commands::Commands(Supervisor& supervisor, std::string version)
    : supervisor_(supervisor),
      version_(std::move(version)),
      waiters_(std::make_unique<Waiters>(supervisor)) {}

Commands::~Commands() = default;

const Commands::Row* Commands::find(std::string_view name) {
    static constexpr std::array<Row, 24> kRows = {{
        {"ping", &Commands::ping},
        {"status", &Commands::status},
        {"workers", &Commands::workers},
        {"gpus", &Commands::gpus},
        {"tasks", &Commands::tasks},
        {"show", &Commands::show},
        {"stats", &Commands::stats},
        {"subscribe", &Commands::subscribe},
        {"wait", &Commands::wait},
        {"submitted", &Commands::submitted},
        {"retry", &Commands::retry},
        {"cancel", &Commands::cancel},
        {"hold", &Commands::hold},
        {"release", &Commands::release},
        {"bump", &Commands::bump},
        {"clean", &Commands::clean},
        {"pause", &Commands::pause},
        {"resume", &Commands::resume},
        {"drain", &Commands::drain},
        {"reload", &Commands::reload},
        {"restart-worker", &Commands::restart_worker},
        {"device-drain", &Commands::device_drain},
        {"device-resume", &Commands::device_resume},
        {"rescan", &Commands::rescan},
    }};
    for (const Row& row : kRows) {
        if (row.name == name) {
            return &row;
        }
    }
    return nullptr;
}

void Commands::handle(const std::shared_ptr<Connection>& connection, bool may_change,
                      const std::string& line) {
    std::optional<protocol::ParsedRequest> request;
    try {
        request.emplace(line);
    } catch (const std::invalid_argument& error) {
        Reply(connection, nullptr).error("bad_request", error.what());
        return;
    }
    const Reply reply(connection, request->id());
    const Row* row = find(request->command());
    const protocol::CommandRow* known = protocol::find_command(request->command());
    if (row == nullptr || known == nullptr) {
        reply.error("unknown_command", "there is no command \"" + log::printable(request->command()) + "\"");
        return;
    }
    if (known->changes && !may_change) {
        reply.error("not_permitted",
                    "only root, the service's user and members of control.group may do this");
        return;
    }
    try {
        (this->*row->handler)(request->arguments(), reply);
    } catch (const BadArgument& error) {
        reply.error("bad_request", error.what());
    } catch (const std::exception& error) {
        log::error("a control command failed", {{"command", request->command()}, {"because", error.what()}});
        reply.error("internal", error.what());
    }
}

}  // namespace hrn::supervisor
