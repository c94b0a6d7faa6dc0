// Several tasks by their ids as `show` tells them, one question to storage after the other. Loop thread.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "shared/task_id.hpp"

namespace hrn::supervisor {

class Supervisor;

// Calls `done` on the loop with the list of tasks, overlaid, in the order of `ids`. One that is gone by then
// is left out.
void gather_tasks(Supervisor& supervisor, std::vector<TaskId> ids,
                  std::function<void(nlohmann::json tasks)> done);

// Whole ids of an answer of Storage::resolve.
[[nodiscard]] std::vector<TaskId> ids_of(const nlohmann::json& resolved);
// The other way round: a list of id texts.
[[nodiscard]] nlohmann::json id_texts(const std::vector<TaskId>& ids);

}  // namespace hrn::supervisor
