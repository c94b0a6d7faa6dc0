// Several processes that share one series of rounds: each round has a service of its own, so nothing but the
// machine is common to them. Their counts come back through pipes.
//
// Called by main() before it has any other thread.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/chaos/series.hpp"

namespace hrn::test {

// Calls `work` in `processes` children, each with its share; returns what they returned. Throws
// std::system_error, or std::runtime_error when a child ended without an answer (it says why on stderr).
[[nodiscard]] std::vector<nlohmann::json> share_out(std::uint64_t processes,
                                                    const std::function<nlohmann::json(Share)>& work);

}  // namespace hrn::test
