// The metrics page: what `status` and `stats` show, in Prometheus' text format. Loop thread; pure reading.
#pragma once

#include <string>

namespace hrn::supervisor {

class Supervisor;

[[nodiscard]] std::string metrics_page(const Supervisor& supervisor);

}  // namespace hrn::supervisor
