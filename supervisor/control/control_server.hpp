// The control socket (design.md 10): accepts clients on runtime_dir/control.sock, hands their requests to the
// commands, streams events to subscribers. Listens before anything else of the service is up.
//
// Loop thread. Another instance that still answers on the socket keeps it: then it is tried again until that
// one is gone. The socket file is removed at the end if it is still ours.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "shared/config.hpp"
#include "supervisor/control/connection.hpp"
#include "supervisor/loop/event_sink.hpp"

namespace hrn::supervisor {

class Commands;

class ControlServer final : public EventSink {
public:
    static constexpr std::size_t kMostClients = 1100;

    ControlServer(boost::asio::io_context& io, const Config& config, Commands& commands);
    ~ControlServer() override;

    // Throws std::runtime_error with one line if the socket can never be opened (folder, permissions).
    void open();
    [[nodiscard]] bool listening() const { return acceptor_.is_open(); }
    void close();

    [[nodiscard]] bool wanted() const override { return subscribers_ > 0; }
    void emit(std::string_view name, nlohmann::json fields) override;
    // A connection has become a stream of events.
    void subscriber_added() { ++subscribers_; }

private:
    [[nodiscard]] bool try_open();
    void set_permissions(int socket) const;
    void retry_later();
    void accept();
    void accept_later();
    void accepted(Connection::Socket socket);
    void request(const std::shared_ptr<Connection>& connection, const std::string& line);

    boost::asio::io_context& io_;
    Commands& commands_;
    const std::string path_;
    const std::string group_name_;
    const mode_t mode_;
    const std::optional<gid_t> group_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    boost::asio::steady_timer timer_;
    std::set<std::shared_ptr<Connection>> connections_;
    ConnectionBudget budget_;
    std::size_t subscribers_ = 0;
    ino_t inode_ = 0;
    bool warned_ = false;
};

}  // namespace hrn::supervisor
