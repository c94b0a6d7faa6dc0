#include "supervisor/control/metrics_server.hpp"

#include <systemd/sd-daemon.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <optional>

#include "shared/log.hpp"

namespace hrn::supervisor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr auto kTimeLimit = std::chrono::seconds(5);
constexpr std::uint32_t kLongestHeader = 8 * 1024;

std::optional<tcp::endpoint> parse_endpoint(const std::string& listen) {
    const std::size_t colon = listen.rfind(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    std::string address = listen.substr(0, colon);
    if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
        address = address.substr(1, address.size() - 2);
    }
    unsigned short port = 0;
    const char* end = listen.data() + listen.size();
    const auto [stopped, bad] = std::from_chars(listen.data() + colon + 1, end, port);
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(address, error);
    if (error || bad != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return tcp::endpoint(parsed, port);
}

// One request, one answer, then the connection ends.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(tcp::socket socket, const std::function<std::string()>& page, std::shared_ptr<int> clients)
        : stream_(std::move(socket)), page_(page), clients_(std::move(clients)) {
        ++*clients_;
        parser_.header_limit(kLongestHeader);
    }
    ~Session() { --*clients_; }
    void start() {
        stream_.expires_after(kTimeLimit);
        http::async_read(stream_, buffer_, parser_,
                         [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                             if (!error) {
                                 self->answer();
                             }
                         });
    }

private:
    void answer() {
        const auto target = parser_.get().target();
        const bool known = target == "/metrics" || target == "/";
        response_.version(11);
        response_.keep_alive(false);
        if (parser_.get().method() != http::verb::get) {
            response_.result(http::status::method_not_allowed);
        } else if (!known) {
            response_.result(http::status::not_found);
        } else {
            response_.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
            response_.body() = page_();
        }
        response_.prepare_payload();
        http::async_write(stream_, response_,
                          [self = shared_from_this()](const beast::error_code&, std::size_t) {
                              beast::error_code ignored;  // the client may have closed it already
                              self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                          });
    }

    beast::tcp_stream stream_;
    const std::function<std::string()>& page_;
    std::shared_ptr<int> clients_;
    beast::flat_buffer buffer_{kLongestHeader};
    http::request_parser<http::empty_body> parser_;
    http::response<http::string_body> response_;
};

// A listening TCP socket that systemd passed, -1 if there is none.
int passed_socket() {
    const int count = ::sd_listen_fds(1);
    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
        if (::sd_is_socket_inet(fd, AF_UNSPEC, SOCK_STREAM, 1, 0) > 0) {
            return fd;
        }
    }
    return -1;
}

}  // namespace

MetricsServer::MetricsServer(boost::asio::io_context& io, std::function<std::string()> page)
    : io_(io), page_(std::move(page)), acceptor_(io) {}

void MetricsServer::open(const std::string& listen) {
    boost::system::error_code error;
    if (const int fd = passed_socket(); fd >= 0) {
        const bool v6 = ::sd_is_socket_inet(fd, AF_INET6, SOCK_STREAM, 1, 0) > 0;
        acceptor_.assign(v6 ? tcp::v6() : tcp::v4(), fd, error);
    } else if (listen == "off") {
        return;
    } else if (const std::optional<tcp::endpoint> endpoint = parse_endpoint(listen)) {
        acceptor_.open(endpoint->protocol(), error);
        if (!error) {
            acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
        }
        if (!error) {
            acceptor_.bind(*endpoint, error);
        }
        if (!error) {
            acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
        }
    } else {
        log::warning("no metrics: metrics.listen is not \"address:port\"", {{"listen", listen}});
        return;
    }
    if (error) {
        log::warning("no metrics: the port cannot be opened",
                     {{"listen", listen}, {"because", error.message()}});
        acceptor_.close(error);
        return;
    }
    accept();
}

unsigned short MetricsServer::port() const {
    boost::system::error_code error;
    const tcp::endpoint endpoint = acceptor_.local_endpoint(error);
    return error ? static_cast<unsigned short>(0) : endpoint.port();
}

void MetricsServer::accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
        if (!acceptor_.is_open()) {
            return;
        }
        if (error) {
            // No descriptors left: a little later there may be some.
            auto pause = std::make_shared<boost::asio::steady_timer>(io_, std::chrono::milliseconds(200));
            pause->async_wait([this, pause](const boost::system::error_code&) { accept(); });
            return;
        }
        if (*clients_ < kMostClients) {
            std::make_shared<Session>(std::move(socket), page_, clients_)->start();
        }
        accept();
    });
}

}  // namespace hrn::supervisor
