// The commands of the control protocol, server side (docs/control-protocol.md): one function a command, one
// table from name to function. Reads the Supervisor, asks storage, answers through a Reply.
//
// Loop thread; nothing here blocks: what needs the store is answered when storage has.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "supervisor/control/connection.hpp"

namespace hrn::supervisor {

class ControlServer;
class Reply;
class Supervisor;
class Waiters;

class Commands {
public:
    Commands(Supervisor& supervisor, std::string version);
    ~Commands();
    void set_server(ControlServer& server) { server_ = &server; }

    void handle(const std::shared_ptr<Connection>& connection, bool may_change, const std::string& line);

private:
    using Arguments = nlohmann::json;
    using Handler = void (Commands::*)(const Arguments&, const Reply&);
    struct Row;
    static const Row* find(std::string_view name);

    // commands_show.cpp
    void ping(const Arguments& arguments, const Reply& reply);
    void status(const Arguments& arguments, const Reply& reply);
    void workers(const Arguments& arguments, const Reply& reply);
    void gpus(const Arguments& arguments, const Reply& reply);
    void stats(const Arguments& arguments, const Reply& reply);
    void subscribe(const Arguments& arguments, const Reply& reply);
    // commands_tasks.cpp
    void tasks(const Arguments& arguments, const Reply& reply);
    void show(const Arguments& arguments, const Reply& reply);
    void wait(const Arguments& arguments, const Reply& reply);
    void submitted(const Arguments& arguments, const Reply& reply);
    void rescan(const Arguments& arguments, const Reply& reply);
    // commands_tasks_change.cpp
    void retry(const Arguments& arguments, const Reply& reply);
    void cancel(const Arguments& arguments, const Reply& reply);
    void hold(const Arguments& arguments, const Reply& reply);
    void release(const Arguments& arguments, const Reply& reply);
    void bump(const Arguments& arguments, const Reply& reply);
    void clean(const Arguments& arguments, const Reply& reply);
    // commands_change.cpp
    void pause(const Arguments& arguments, const Reply& reply);
    void resume(const Arguments& arguments, const Reply& reply);
    void drain(const Arguments& arguments, const Reply& reply);
    void reload(const Arguments& arguments, const Reply& reply);
    void restart_worker(const Arguments& arguments, const Reply& reply);
    void device_drain(const Arguments& arguments, const Reply& reply);
    void device_resume(const Arguments& arguments, const Reply& reply);
    [[nodiscard]] std::optional<std::string> device_argument(const Arguments& arguments, const Reply& reply);

    Supervisor& supervisor_;
    const std::string version_;
    ControlServer* server_ = nullptr;
    std::unique_ptr<Waiters> waiters_;
};

}  // namespace hrn::supervisor
