// Commands about tasks: what the store knows, corrected by what only the loop knows.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "shared/protocol.hpp"
#include "shared/text.hpp"
#include "supervisor/control/arguments.hpp"
#include "supervisor/control/commands.hpp"
#include "supervisor/control/gather_tasks.hpp"
#include "supervisor/control/reply.hpp"
#include "supervisor/control/views.hpp"
#include "supervisor/control/waiters.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

constexpr std::size_t kMostIds = 10000;  // of one wait; a line holds fewer anyway

// One page of `tasks`. Storage calls a running task queued, so a page of queued ones is filled from several
// of storage's.
class Page : public std::enable_shared_from_this<Page> {
public:
    Page(Supervisor& supervisor, const Reply& reply, Storage::Listing listing)
        : supervisor_(supervisor), reply_(reply), listing_(std::move(listing)) {}

    void fill() {
        supervisor_.storage().list(
            listing_, [self = shared_from_this()](const nlohmann::json& answer) { self->add(answer); });
    }

private:
    void add(const nlohmann::json& answer) {
        if (is_failure(answer)) {
            reply_.forward(answer);
            return;
        }
        const auto wanted = static_cast<std::size_t>(listing_.limit);
        for (nlohmann::json task : answer) {
            overlay_task(supervisor_, task);
            const bool fits = !listing_.state || task.value("state", "") == *listing_.state;
            if (fits && tasks_.size() < wanted) {
                tasks_.push_back(std::move(task));
            }
        }
        if (tasks_.size() >= wanted || answer.size() < wanted) {
            reply_.result(tasks_);
            return;
        }
        listing_.after = answer.back().value("id", "");
        fill();
    }

    Supervisor& supervisor_;
    Reply reply_;
    Storage::Listing listing_;
    nlohmann::json tasks_ = nlohmann::json::array();
};

std::vector<Waiters::Path> paths_argument(const nlohmann::json& arguments) {
    const auto list = arguments.find("paths");
    if (list == arguments.end() || !list->is_array() || list->empty() ||
        list->size() > static_cast<std::size_t>(protocol::kPageSize)) {
        throw BadArgument(
            "argument \"paths\" must be a list of 1 to 100 objects with \"path\" or \"path_bytes\"");
    }
    std::vector<Waiters::Path> paths;
    for (const nlohmann::json& item : *list) {
        const std::optional<std::string> bytes =
            item.is_object() ? text_argument(item, "path_bytes") : std::nullopt;
        const std::optional<std::string> text = item.is_object() ? text_argument(item, "path") : std::nullopt;
        if (!bytes && !text) {
            throw BadArgument("argument \"paths\": an entry has neither \"path\" nor \"path_bytes\"");
        }
        try {
            paths.push_back({bytes ? from_base64(*bytes) : *text});
        } catch (const std::invalid_argument&) {
            throw BadArgument("argument \"paths\": a \"path_bytes\" is not base64");
        }
    }
    return paths;
}

}  // namespace

void Commands::tasks(const Arguments& arguments, const Reply& reply) {
    Storage::Listing listing;
    listing.state = text_argument(arguments, "state");
    listing.after = text_argument(arguments, "after");
    const std::int64_t limit = integer_argument(arguments, "limit").value_or(protocol::kPageSize);
    if (limit < 1 || limit > protocol::kPageSize) {
        throw BadArgument("argument \"limit\" must be from 1 to 100");
    }
    listing.limit = static_cast<int>(limit);
    if (listing.state != "running") {
        std::make_shared<Page>(supervisor_, reply, std::move(listing))->fill();
        return;
    }
    const auto answer = [this, reply, limit](const std::optional<TaskId>& after) {
        std::vector<TaskId> ids = supervisor_.tasks().running_ids();
        if (after) {
            std::erase_if(ids, [&](const TaskId& id) { return id >= *after; });
        }
        ids.resize(std::min(ids.size(), static_cast<std::size_t>(limit)));
        gather_tasks(supervisor_, std::move(ids),
                     [reply](const nlohmann::json& tasks) { reply.result(tasks); });
    };
    if (!listing.after) {
        answer(std::nullopt);
        return;
    }
    supervisor_.storage().resolve({*listing.after}, [reply, answer](const nlohmann::json& resolved) {
        if (is_failure(resolved)) {
            reply.forward(resolved);
            return;
        }
        answer(ids_of(resolved).front());
    });
}

void Commands::show(const Arguments& arguments, const Reply& reply) {
    const std::optional<std::string> id = text_argument(arguments, "id");
    if (!id) {
        throw BadArgument("argument \"id\" is missing");
    }
    supervisor_.storage().show(*id, [this, reply](const nlohmann::json& answer) {
        nlohmann::json task = answer;
        overlay_task(supervisor_, task);
        reply.forward(task);
    });
}

void Commands::wait(const Arguments& arguments, const Reply& reply) {
    const std::vector<std::string> prefixes = texts_argument(arguments, "ids");
    const double timeout = timeout_argument(arguments);
    if (prefixes.size() > kMostIds) {
        throw BadArgument("argument \"ids\" has more than 10000 entries");
    }
    if (!prefixes.empty()) {
        supervisor_.storage().resolve(prefixes, [this, reply, timeout](const nlohmann::json& resolved) {
            if (is_failure(resolved)) {
                reply.forward(resolved);
            } else {
                waiters_->wait_for_tasks(reply, ids_of(resolved), timeout);
            }
        });
        return;
    }
    if (flag_argument(arguments, "scan")) {
        supervisor_.storage().rescan([this, reply, timeout] { waiters_->wait_for_idle(reply, timeout); });
        return;
    }
    waiters_->wait_for_idle(reply, timeout);
}

void Commands::submitted(const Arguments& arguments, const Reply& reply) {
    waiters_->wait_for_paths(reply, paths_argument(arguments),
                             integer_argument(arguments, "since_ms").value_or(0),
                             timeout_argument(arguments));
}

void Commands::rescan(const Arguments&, const Reply& reply) {
    supervisor_.storage().rescan([reply] { reply.result(nlohmann::json::object()); });
}

}  // namespace hrn::supervisor
