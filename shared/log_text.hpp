// How a log line looks in each format; pure functions behind log.cpp. Any thread, nothing here throws for
// whatever bytes come in.
#pragma once

#include <string>
#include <string_view>

#include "shared/log.hpp"

namespace hrn::log {

[[nodiscard]] std::string_view level_name(Level level);
// "2026-11-24T08:00:00.123Z warning hrn-worker: message key=value"
[[nodiscard]] std::string text_line(std::string_view time, std::string_view program, Level level,
                                    std::string_view message, Fields fields);
[[nodiscard]] std::string json_line(std::string_view time, std::string_view program, Level level,
                                    std::string_view message, Fields fields);
// "<4>message key=value": what journald understands on a service's stderr.
[[nodiscard]] std::string prefixed_line(Level level, std::string_view message, Fields fields);
// A datagram of journald's native protocol: PRIORITY, SYSLOG_IDENTIFIER, MESSAGE and a field for each field.
[[nodiscard]] std::string journal_datagram(std::string_view program, Level level, std::string_view message,
                                           Fields fields);

}  // namespace hrn::log
