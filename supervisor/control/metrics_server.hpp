// Serves the metrics page over HTTP at [metrics] listen, or on a socket that systemd passes. GET /metrics and
// nothing else; a few connections at a time, each with a time limit.
//
// Loop thread. A busy port is a warning: the service goes on without metrics.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

namespace hrn::supervisor {

class MetricsServer {
public:
    static constexpr int kMostClients = 8;

    // `page` makes the text for each request.
    MetricsServer(boost::asio::io_context& io, std::function<std::string()> page);
    // "address:port" or "off". Never throws for what the machine or the configuration cannot give.
    void open(const std::string& listen);
    // 0: not listening. For port 0 in `listen`, the port that the kernel chose.
    [[nodiscard]] unsigned short port() const;

private:
    void accept();

    boost::asio::io_context& io_;
    std::function<std::string()> page_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::shared_ptr<int> clients_ = std::make_shared<int>(0);
};

}  // namespace hrn::supervisor
