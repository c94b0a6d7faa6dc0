// One client of the control socket: its half-read line, its unsent answer, its subscription. Answers come in
// the order of the requests; the next request is looked at once the last one is answered.
//
// Held by the ControlServer and by replies under way; loop thread; never blocks. A client that sends garbage,
// too much or nothing, or never reads, costs its own bounded buffers and is closed when they overflow.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/local/stream_protocol.hpp>

#include "supervisor/control/line_buffer.hpp"
#include "supervisor/control/peer.hpp"

namespace hrn::supervisor {

// What all connections together may keep in memory.
struct ConnectionBudget {
    static constexpr std::size_t kInput = 4 * 1024 * 1024;
    static constexpr std::size_t kOutput = 16 * 1024 * 1024;
    std::size_t input = 0, output = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Socket = boost::asio::local::stream_protocol::socket;
    using Request = std::function<void(const std::shared_ptr<Connection>&, const std::string& line)>;
    using Closed = std::function<void(const std::shared_ptr<Connection>&)>;

    static constexpr std::size_t kEventBuffer = 1024 * 1024;

    Connection(Socket socket, Peer peer, ConnectionBudget& budget, Request request, Closed closed);
    ~Connection();
    void start();
    void close();

    [[nodiscard]] const Peer& peer() const { return peer_; }
    [[nodiscard]] bool open() const { return socket_.is_open(); }

    // The answer to the request that was handed out last.
    void answer(const std::string& line);
    // From now on it carries events of these names (empty: all) and takes no more requests.
    void subscribe(std::set<std::string> events);
    [[nodiscard]] bool subscribed() const { return subscribed_; }
    void event(std::string_view name, const std::string& line);
    // Sends a last line and closes; for clients that cannot be served.
    void refuse(const std::string& line);

private:
    void wait_readable();
    void on_readable();
    void handle_lines();
    void send(std::string_view text);
    void flush();
    void wait_writable();
    void count_input();
    [[nodiscard]] bool hung_up();

    Socket socket_;
    const Peer peer_;
    ConnectionBudget& budget_;
    Request request_;
    Closed closed_;
    LineBuffer input_;
    std::size_t input_counted_ = 0;
    std::string output_;
    std::size_t output_begin_ = 0;
    std::set<std::string> events_;
    std::uint64_t events_lost_ = 0;
    bool reading_ = false, writing_ = false;
    bool busy_ = false;  // a request is being answered
    bool subscribed_ = false, ended_ = false, closing_ = false, handling_ = false;
};

}  // namespace hrn::supervisor
