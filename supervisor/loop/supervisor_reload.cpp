// The configuration again, while the service runs (design.md 9, 12).
#include <nlohmann/json.hpp>
#include <utility>

#include "shared/log.hpp"
#include "supervisor/loop/supervisor.hpp"

namespace hrn::supervisor {

Supervisor::Reloaded Supervisor::reload() {
    notify_.reloading();
    Reloaded result;
    try {
        const Config next = load_config(config_path_);
        result.changes = changed_keys(config_, next);
        for (const ConfigChange& change : result.changes) {
            log::info("configuration changed",
                      {{"key", std::string(change.key->section) + "." + std::string(change.key->name)},
                       {"from", change.from},
                       {"to", change.to},
                       {"applies", std::string(reload_name(change.key->reload))}});
        }
        config_ = reloaded_config(config_, next);
        log::Level level = log::Level::info;
        if (log::parse_level(config_.log.level, level)) {
            log::set_level(level);
        }
        apply_scheduling();
        storage_->reload(config_);
        list_gpus();
        schedule();
        events_->emit("config.reloaded", nlohmann::json{{"changes", result.changes.size()}});
    } catch (const ConfigError& error) {
        result.refused = error.what();
        log::error("the configuration was not reloaded; the old one stays in force",
                   {{"because", result.refused}});
    }
    notify_.reloaded();
    return result;
}

}  // namespace hrn::supervisor
