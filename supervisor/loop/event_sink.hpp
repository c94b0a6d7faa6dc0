// Where events for `subscribe` go (docs/control-protocol.md "Events"). Implemented by the control server;
// loop thread. An event that nobody listens to is not even built.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace hrn::supervisor {

class EventSink {
public:
    virtual ~EventSink() = default;
    [[nodiscard]] virtual bool wanted() const = 0;
    // `fields`: an object; "event" and "time" are added.
    virtual void emit(std::string_view name, nlohmann::json fields) = 0;
};

}  // namespace hrn::supervisor
