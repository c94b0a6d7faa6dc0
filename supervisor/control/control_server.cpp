#include "supervisor/control/control_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "shared/log.hpp"
#include "shared/protocol.hpp"
#include "shared/text.hpp"
#include "supervisor/control/commands.hpp"

namespace hrn::supervisor {
namespace {

using boost::asio::local::stream_protocol;

constexpr auto kRetry = std::chrono::milliseconds(200);

std::runtime_error cannot_open(const std::string& path, const std::string& why) {
    return std::runtime_error("cannot open the control socket " + path + ": " + why);
}

}  // namespace

ControlServer::ControlServer(boost::asio::io_context& io, const Config& config, Commands& commands)
    : io_(io),
      commands_(commands),
      path_(control_socket_path(config)),
      group_name_(config.control.group),
      mode_(static_cast<mode_t>(std::stoul(config.control.mode, nullptr, 8))),
      group_(group_number(config.control.group)),
      acceptor_(io),
      timer_(io) {
    if (!group_name_.empty() && !group_) {
        log::warning("control.group does not exist; only root and the service's user may change anything",
                     {{"group", group_name_}});
    }
}

ControlServer::~ControlServer() {
    try {
        close();
    } catch (const std::exception& error) {
        log::error("the control socket was not closed in order", {{"because", error.what()}});
    }
}

void ControlServer::open() {
    if (path_.size() >= sizeof(sockaddr_un::sun_path)) {
        throw cannot_open(path_, "the path is longer than 107 bytes; choose a shorter service.runtime_dir");
    }
    const std::string folder = path_.substr(0, path_.rfind('/'));
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
        throw cannot_open(path_, "cannot make its folder: " + std::generic_category().message(errno));
    }
    if (!try_open()) {
        retry_later();
    }
}

// false: another instance answers there.
bool ControlServer::try_open() {
    {
        stream_protocol::socket probe(io_);
        boost::system::error_code error;
        probe.connect(stream_protocol::endpoint(path_), error);
        if (!error) {
            return false;
        }
        if (error == boost::asio::error::connection_refused) {
            ::unlink(path_.c_str());  // left behind by an instance that was killed
        }
    }
    boost::system::error_code error;
    acceptor_.open(stream_protocol(), error);
    if (error) {
        throw cannot_open(path_, error.message());
    }
    set_permissions(acceptor_.native_handle());
    acceptor_.bind(stream_protocol::endpoint(path_), error);
    if (!error) {
        acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        if (error == boost::asio::error::address_in_use) {
            return false;  // somebody was quicker
        }
        throw cannot_open(path_, error.message());
    }
    struct stat status {};
    if (::lstat(path_.c_str(), &status) == 0) {
        inode_ = status.st_ino;
    }
    // The umask has taken from what was configured.
    if ((status.st_mode & ALLPERMS) != mode_ && ::chmod(path_.c_str(), mode_) != 0) {
        throw cannot_open(path_, "chmod: " + std::generic_category().message(errno));
    }
    // Usually the service's own group already. Without the right to give the file away the mode alone decides
    // who may connect.
    if (group_ && status.st_gid != *group_ && ::lchown(path_.c_str(), static_cast<uid_t>(-1), *group_) != 0) {
        log::warning("the control socket cannot be given to control.group",
                     {{"group", group_name_}, {"because", std::generic_category().message(errno)}});
    }
    accept();
    return true;
}

// Before bind, so that the file never exists with other permissions; bind still applies the umask.
void ControlServer::set_permissions(int socket) const {
    if (::fchmod(socket, mode_) != 0) {
        throw cannot_open(path_, "fchmod: " + std::generic_category().message(errno));
    }
}

void ControlServer::retry_later() {
    if (!warned_) {
        warned_ = true;
        log::warning("another instance answers on the control socket; waiting for it to end",
                     {{"path", path_}});
    }
    timer_.expires_after(kRetry);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        try {
            if (!try_open()) {
                retry_later();
            }
        } catch (const std::exception& failure) {
            log::error(failure.what());
        }
    });
}

void ControlServer::close() {
    timer_.cancel();
    boost::system::error_code ignored;
    const bool was_open = acceptor_.is_open();
    acceptor_.close(ignored);
    const std::vector<std::shared_ptr<Connection>> connections(connections_.begin(), connections_.end());
    for (const auto& connection : connections) {
        connection->close();
    }
    struct stat status {};
    if (was_open && ::lstat(path_.c_str(), &status) == 0 && status.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
}

void ControlServer::accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, Connection::Socket socket) {
        if (!acceptor_.is_open()) {
            return;
        }
        if (error) {
            // No descriptors left, or the client is gone again: not at once once more.
            accept_later();
            return;
        }
        accepted(std::move(socket));
        accept();
    });
}

void ControlServer::accept_later() {
    timer_.expires_after(kRetry);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            accept();
        }
    });
}

void ControlServer::accepted(Connection::Socket socket) {
    if (connections_.size() >= kMostClients) {
        return;  // closed by going out of scope
    }
    Peer peer;
    try {
        peer = peer_of(socket.native_handle());
    } catch (const std::system_error& error) {
        log::warning("a control client was refused", {{"because", error.what()}});
        return;
    }
    const auto connection = std::make_shared<Connection>(
        std::move(socket), std::move(peer), budget_,
        [this](const std::shared_ptr<Connection>& client, const std::string& line) { request(client, line); },
        [this](const std::shared_ptr<Connection>& client) {
            subscribers_ -= client->subscribed() ? 1 : 0;
            connections_.erase(client);
        });
    connections_.insert(connection);
    connection->start();
}

void ControlServer::request(const std::shared_ptr<Connection>& connection, const std::string& line) {
    commands_.handle(connection, may_change(connection->peer(), ::geteuid(), group_), line);
}

void ControlServer::emit(std::string_view name, nlohmann::json fields) {
    if (!wanted()) {
        return;
    }
    fields["event"] = name;
    fields["time"] = utc_time_text(unix_milliseconds_now());
    const std::string line = fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const std::vector<std::shared_ptr<Connection>> connections(connections_.begin(), connections_.end());
    for (const auto& connection : connections) {
        if (connection->subscribed()) {
            connection->event(name, line);
        }
    }
}

}  // namespace hrn::supervisor
