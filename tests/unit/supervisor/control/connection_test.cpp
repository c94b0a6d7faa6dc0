// A control connection over a real socket pair: what a client may send, and what that costs.
#include "supervisor/control/connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include <boost/asio/io_context.hpp>

#include "shared/protocol.hpp"
#include "shared/unique_fd.hpp"

namespace hrn::supervisor {
namespace {

class ConnectionTest : public testing::Test {
protected:
    ConnectionTest() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        client_.reset(ends[0]);
        Connection::Socket socket(io_);
        socket.assign(boost::asio::local::stream_protocol(), ends[1]);
        connection_ = std::make_shared<Connection>(
            std::move(socket), Peer{}, budget_,
            [this](const std::shared_ptr<Connection>& connection, const std::string& line) {
                lines_.push_back(line);
                if (answers_at_once_) {
                    connection->answer("answer to " + line + "\n");
                }
            },
            [this](const std::shared_ptr<Connection>&) { closed_ = true; });
        connection_->start();
    }
    void send(const std::string& text) {
        ASSERT_EQ(::send(client_.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
        turn();
    }
    // Everything that is ready is handled.
    void turn() {
        for (int i = 0; i < 50; ++i) {
            io_.restart();
            io_.poll();
        }
    }
    std::string receive() {
        std::string text(1024 * 1024, '\0');
        const ssize_t count = ::recv(client_.get(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }

    boost::asio::io_context io_;
    ConnectionBudget budget_;
    UniqueFd client_;
    std::shared_ptr<Connection> connection_;
    std::vector<std::string> lines_;
    bool answers_at_once_ = true, closed_ = false;
};

TEST_F(ConnectionTest, AnswersRequestsInTheirOrder) {
    send("one\ntwo\nthree\n");
    EXPECT_EQ(receive(), "answer to one\nanswer to two\nanswer to three\n");
}

TEST_F(ConnectionTest, LooksAtTheNextRequestOnlyOnceTheLastIsAnswered) {
    answers_at_once_ = false;
    send("one\ntwo\n");
    EXPECT_EQ(lines_, std::vector<std::string>{"one"});
    connection_->answer("1\n");
    EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two"}));
}

TEST_F(ConnectionTest, PutsARequestTogetherThatComesByteByByte) {
    for (const char c : std::string("status\n")) {
        send(std::string(1, c));
    }
    EXPECT_EQ(lines_, std::vector<std::string>{"status"});
}

TEST_F(ConnectionTest, RefusesALineOfMoreThan64Kilobytes) {
    send(std::string(protocol::kMaxRequestBytes + 1, 'x'));
    EXPECT_TRUE(closed_);
    EXPECT_NE(receive().find("bad_request"), std::string::npos);
    EXPECT_TRUE(lines_.empty());
}

TEST_F(ConnectionTest, RefusesClientsWhenUnfinishedRequestsFillTheirRoom) {
    budget_.input = ConnectionBudget::kInput;
    send("half a request");
    EXPECT_TRUE(closed_);
    EXPECT_NE(receive().find("busy"), std::string::npos);
}

TEST_F(ConnectionTest, AnswersAClientThatHasStoppedSending) {
    send("one\ntwo");
    ::shutdown(client_.get(), SHUT_WR);
    turn();
    EXPECT_EQ(receive(), "answer to one\n");
    EXPECT_TRUE(closed_);
}

TEST_F(ConnectionTest, ForgetsAClientThatIsGone) {
    answers_at_once_ = false;
    send("one\n");
    client_.reset();
    turn();
    EXPECT_TRUE(closed_);
    connection_->answer("1\n");  // nobody hears it, nothing happens
}

TEST_F(ConnectionTest, KeepsTheAnswerOfAClientThatDoesNotReadAndSendsItLater) {
    answers_at_once_ = false;
    send("one\ntwo\n");
    const std::string big(3 * 1024 * 1024, 'a');
    connection_->answer(big + "\n");
    EXPECT_EQ(lines_.size(), 1U) << "the second request waits until the first answer is read";
    EXPECT_GT(budget_.output, 0U);
    std::size_t received = 0;
    for (int i = 0; i < 1000 && received < big.size() + 1; ++i) {
        received += receive().size();
        turn();
    }
    EXPECT_EQ(received, big.size() + 1);
    EXPECT_EQ(lines_.size(), 2U);
    EXPECT_EQ(budget_.output, 0U);
}

TEST_F(ConnectionTest, ClosesAClientWhoseAnswersNoLongerFit) {
    budget_.output = ConnectionBudget::kOutput;
    send("one\n");
    EXPECT_TRUE(closed_);
}

TEST_F(ConnectionTest, StreamsTheEventsThatWereAskedFor) {
    connection_->subscribe({"task.done"});
    connection_->event("task.done", "done\n");
    connection_->event("task.failed", "failed\n");
    EXPECT_EQ(receive(), "done\n");
    send("status\n");
    EXPECT_TRUE(lines_.empty()) << "it takes no more requests";
}

TEST_F(ConnectionTest, TellsASlowSubscriberHowManyEventsItMissed) {
    connection_->subscribe({});
    const std::string event(10000, 'e');
    for (int i = 0; i < 500; ++i) {
        connection_->event("task.done", event + "\n");
    }
    EXPECT_LE(budget_.output, Connection::kEventBuffer + event.size());
    std::string all;
    for (int i = 0; i < 1000; ++i) {
        all += receive();
        turn();
    }
    connection_->event("task.done", "last\n");
    all += receive();
    EXPECT_NE(all.find("{\"event\":\"lost\",\"count\":"), std::string::npos);
    EXPECT_TRUE(all.ends_with("last\n"));
}

TEST_F(ConnectionTest, GivesItsMemoryBackWhenItGoes) {
    send("half");
    EXPECT_EQ(budget_.input, 4U);
    connection_->close();
    connection_.reset();
    turn();
    EXPECT_EQ(budget_.input, 0U);
}

}  // namespace
}  // namespace hrn::supervisor
