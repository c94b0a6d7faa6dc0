// The result of `stats`: per device counts, seconds, utilisation and percentiles by stage. Loop thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace hrn::supervisor {

class Supervisor;

// Since the service's start; or, with `since_ms` (unix milliseconds), from the runs that are remembered. The
// answer's "since" says where it really begins.
[[nodiscard]] nlohmann::json stats_view(const Supervisor& supervisor, std::optional<std::int64_t> since_ms);

// Single runs for whoever calculates with them (`hrn-ctl plan --measured`): at most `count` of the done ones
// that are remembered, evenly chosen, as [worker, decode, infer, write (seconds), images in its batch].
inline constexpr std::int64_t kMostSamples = 2000;
[[nodiscard]] nlohmann::json samples_view(const Supervisor& supervisor, std::size_t count);

// Milliseconds of an RFC 3339 time in UTC ("2026-11-24T08:00:00Z", with or without fractions); nothing if it
// is none.
[[nodiscard]] std::optional<std::int64_t> parse_utc_time(const std::string& text);

}  // namespace hrn::supervisor
