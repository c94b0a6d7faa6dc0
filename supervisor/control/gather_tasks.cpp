#include "supervisor/control/gather_tasks.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "supervisor/control/reply.hpp"
#include "supervisor/control/views.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {
namespace {

struct Gathering {
    Supervisor& supervisor;
    std::vector<TaskId> ids;
    std::function<void(nlohmann::json)> done;
    nlohmann::json tasks = nlohmann::json::array();
    std::size_t answered = 0;
};

void add(Gathering& gathering, const nlohmann::json& answer) {
    if (!is_failure(answer)) {
        nlohmann::json task = answer;
        overlay_task(gathering.supervisor, task);
        gathering.tasks.push_back(std::move(task));
    }
    if (++gathering.answered == gathering.ids.size()) {
        gathering.done(std::move(gathering.tasks));
    }
}

}  // namespace

std::vector<TaskId> ids_of(const nlohmann::json& resolved) {
    std::vector<TaskId> ids;
    for (const nlohmann::json& text : resolved) {
        if (const std::optional<TaskId> id = TaskId::parse(text.get<std::string>())) {
            ids.push_back(*id);
        }
    }
    return ids;
}

nlohmann::json id_texts(const std::vector<TaskId>& ids) {
    nlohmann::json list = nlohmann::json::array();
    for (const TaskId& id : ids) {
        list.push_back(id.text());
    }
    return list;
}

void gather_tasks(Supervisor& supervisor, std::vector<TaskId> ids,
                  std::function<void(nlohmann::json tasks)> done) {
    if (ids.empty()) {
        done(nlohmann::json::array());
        return;
    }
    const auto gathering =
        std::make_shared<Gathering>(Gathering{supervisor, std::move(ids), std::move(done)});
    // Storage answers in the order in which it is asked.
    for (const TaskId& id : gathering->ids) {
        supervisor.storage().show(id.text(),
                                  [gathering](const nlohmann::json& answer) { add(*gathering, answer); });
    }
}

}  // namespace hrn::supervisor
