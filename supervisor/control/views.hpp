// The JSON objects of docs/control-protocol.md, built from what the loop knows. Loop thread; pure reading.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace hrn::supervisor {

class Supervisor;
class Worker;

// The keys of a worker that `status` and `workers` share.
[[nodiscard]] nlohmann::json worker_view(const Supervisor& supervisor, const Worker& worker);
// With what only `workers` shows.
[[nodiscard]] nlohmann::json detailed_worker_view(const Supervisor& supervisor, const Worker& worker);
[[nodiscard]] nlohmann::json status_view(const Supervisor& supervisor);
[[nodiscard]] nlohmann::json totals_view(const Supervisor& supervisor);
[[nodiscard]] nlohmann::json gpus_view(const Supervisor& supervisor);

// A task as storage tells it, corrected by what only the loop knows: that it runs, and where.
void overlay_task(const Supervisor& supervisor, nlohmann::json& task);

}  // namespace hrn::supervisor
