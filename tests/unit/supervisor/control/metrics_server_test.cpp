#include "supervisor/control/metrics_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <string>

namespace hrn::supervisor {
namespace {

using boost::asio::ip::tcp;

class MetricsServerTest : public testing::Test {
protected:
    // The whole answer to one request.
    std::string ask(const std::string& request) {
        tcp::socket client(io_);
        client.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), server_.port()));
        boost::asio::write(client, boost::asio::buffer(request));
        client.non_blocking(true);
        std::string answer;
        for (int i = 0; i < 200; ++i) {
            io_.restart();
            io_.run_for(std::chrono::milliseconds(10));
            char buffer[4096];
            boost::system::error_code error;
            const std::size_t count = client.read_some(boost::asio::buffer(buffer), error);
            answer.append(buffer, count);
            if (error == boost::asio::error::eof) {
                break;
            }
        }
        return answer;
    }

    boost::asio::io_context io_;
    MetricsServer server_{io_, [] { return std::string("hrn_intake_open 1\n"); }};
};

TEST_F(MetricsServerTest, ServesThePage) {
    server_.open("127.0.0.1:0");
    const std::string answer = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
    EXPECT_NE(answer.find("text/plain; version=0.0.4"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\nhrn_intake_open 1\n"));
}

TEST_F(MetricsServerTest, KnowsNothingElse) {
    server_.open("127.0.0.1:0");
    EXPECT_TRUE(ask("GET /secret HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(ask("DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 405"));
}

TEST_F(MetricsServerTest, DropsAClientThatTalksNonsense) {
    server_.open("127.0.0.1:0");
    EXPECT_EQ(ask("what?\r\n\r\n"), "");
    EXPECT_EQ(ask("GET /metrics HTTP/1.1\r\nX: " + std::string(20000, 'x') + "\r\n\r\n"), "");
}

TEST_F(MetricsServerTest, DoesNotListenWhenOffOrMisspelt) {
    server_.open("off");
    EXPECT_EQ(server_.port(), 0);
    server_.open("nonsense");
    EXPECT_EQ(server_.port(), 0);
    server_.open("127.0.0.1:99999");
    EXPECT_EQ(server_.port(), 0);
}

TEST_F(MetricsServerTest, GoesOnWithoutAPortThatIsBusy) {
    server_.open("127.0.0.1:0");
    MetricsServer second(io_, [] { return std::string(); });
    second.open("127.0.0.1:" + std::to_string(server_.port()));
    EXPECT_EQ(second.port(), 0);
}

}  // namespace
}  // namespace hrn::supervisor
