#include "supervisor/control/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "shared/protocol.hpp"

namespace hrn::supervisor {
namespace {

constexpr std::size_t kReadAtOnce = 16 * 1024;
constexpr int kReadsPerTurn = 8;  // then others have theirs

}  // namespace

Connection::Connection(Socket socket, Peer peer, ConnectionBudget& budget, Request request, Closed closed)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      budget_(budget),
      request_(std::move(request)),
      closed_(std::move(closed)),
      input_(protocol::kMaxRequestBytes) {
    socket_.non_blocking(true);
}

Connection::~Connection() {
    budget_.input -= input_counted_;
    budget_.output -= output_.size();
}

void Connection::start() {
    wait_readable();
}

void Connection::close() {
    if (!socket_.is_open()) {
        return;
    }
    const auto self = shared_from_this();
    boost::system::error_code ignored;  // closing a socket that the peer has closed
    socket_.close(ignored);
    closed_(self);
}

void Connection::wait_readable() {
    if (reading_ || ended_ || closing_ || !open() || (busy_ && input_.full())) {
        return;
    }
    reading_ = true;
    socket_.async_wait(Socket::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           self->reading_ = false;
                           if (!error && self->open()) {
                               self->on_readable();
                           }
                       });
}

void Connection::on_readable() {
    static std::array<char, kReadAtOnce> buffer;  // loop thread only; what is kept is copied out
    for (int i = 0; i < kReadsPerTurn && !(busy_ && input_.full()); ++i) {
        const ssize_t count = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EAGAIN) {
            break;
        }
        if (count < 0 || (count == 0 && hung_up())) {
            close();
            return;
        }
        if (count == 0) {
            ended_ = true;  // no more requests; what was asked is still answered
            break;
        }
        if (subscribed_) {
            continue;  // takes no more requests
        }
        if (!input_.add({buffer.data(), static_cast<std::size_t>(count)})) {
            refuse(protocol::error_line(nullptr, "bad_request", "the request is longer than 65536 bytes"));
            return;
        }
        count_input();
        if (budget_.input > ConnectionBudget::kInput) {
            refuse(protocol::error_line(nullptr, "busy", "too many unfinished requests; try again"));
            return;
        }
    }
    handle_lines();
    if (open() && ended_ && !busy_ && output_.empty()) {
        close();
        return;
    }
    wait_readable();
}

// The peer is gone altogether, not merely done with asking.
bool Connection::hung_up() {
    pollfd state{socket_.native_handle(), POLLIN, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

void Connection::handle_lines() {
    if (handling_) {
        return;  // an answer that came at once; the loop below goes on
    }
    handling_ = true;
    const auto self = shared_from_this();
    while (open() && !busy_ && !subscribed_ && !closing_ && output_.empty()) {
        const std::optional<std::string> line = input_.next();
        count_input();
        if (!line) {
            if (input_.overlong()) {
                refuse(
                    protocol::error_line(nullptr, "bad_request", "the request is longer than 65536 bytes"));
            }
            break;
        }
        if (line->empty()) {
            continue;
        }
        busy_ = true;
        request_(self, *line);
    }
    handling_ = false;
}

void Connection::answer(const std::string& line) {
    if (!open()) {
        return;
    }
    busy_ = false;
    send(line);
    if (!open()) {
        return;
    }
    handle_lines();
    if (open() && ended_ && !busy_ && output_.empty()) {
        close();
        return;
    }
    wait_readable();
}

void Connection::subscribe(std::set<std::string> events) {
    subscribed_ = true;
    events_ = std::move(events);
}

void Connection::event(std::string_view name, const std::string& line) {
    if (!open() || (!events_.empty() && !events_.contains(std::string(name)))) {
        return;
    }
    if (output_.size() - output_begin_ + line.size() > kEventBuffer) {
        ++events_lost_;
        return;
    }
    if (events_lost_ > 0) {
        send("{\"event\":\"lost\",\"count\":" + std::to_string(std::exchange(events_lost_, 0)) + "}\n");
    }
    send(line);
}

void Connection::refuse(const std::string& line) {
    const auto self = shared_from_this();
    closing_ = true;
    send(line);
    if (open()) {
        // Let it read the line; what it goes on sending is of no interest.
        boost::system::error_code ignored;
        socket_.shutdown(Socket::shutdown_both, ignored);
        close();
    }
}

void Connection::send(std::string_view text) {
    if (!open()) {
        return;
    }
    if (budget_.output + text.size() > ConnectionBudget::kOutput) {
        close();  // clients that do not read fill all the room there is; this one asks again
        return;
    }
    output_.append(text);
    budget_.output += text.size();
    flush();
}

void Connection::flush() {
    while (output_begin_ < output_.size()) {
        const ssize_t sent = ::send(socket_.native_handle(), output_.data() + output_begin_,
                                    output_.size() - output_begin_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0 && errno == EAGAIN) {
            if (output_begin_ > output_.size() / 2) {
                budget_.output -= output_begin_;
                output_.erase(0, std::exchange(output_begin_, 0));
            }
            wait_writable();
            return;
        }
        if (sent < 0) {
            close();
            return;
        }
        output_begin_ += static_cast<std::size_t>(sent);
    }
    budget_.output -= output_.size();
    output_.clear();
    output_.shrink_to_fit();
    output_begin_ = 0;
}

void Connection::wait_writable() {
    if (std::exchange(writing_, true)) {
        return;
    }
    socket_.async_wait(Socket::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                           self->writing_ = false;
                           if (error || !self->open()) {
                               return;
                           }
                           self->flush();
                           if (!self->open() || !self->output_.empty()) {
                               return;
                           }
                           self->handle_lines();
                           if (self->open() && self->ended_ && !self->busy_ && self->output_.empty()) {
                               self->close();
                               return;
                           }
                           self->wait_readable();
                       });
}

void Connection::count_input() {
    budget_.input += input_.size();
    budget_.input -= input_counted_;
    input_counted_ = input_.size();
}

}  // namespace hrn::supervisor
