#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "shared/protocol.hpp"
#include "supervisor/control/arguments.hpp"
#include "supervisor/control/line_buffer.hpp"
#include "tests/fuzz/hostile_bytes.hpp"

namespace hrn::fuzz {
namespace {

using namespace hrn::supervisor;

void read_arguments(const nlohmann::json& arguments) {
    for (const char* name : {"id", "ids", "state", "limit", "after", "timeout_seconds", "all"}) {
        const auto ignoring_refusals = [](const auto& read) {
            try {
                read();
            } catch (const BadArgument&) {
                // the client's fault, told to the client
            }
        };
        ignoring_refusals([&] { static_cast<void>(text_argument(arguments, name)); });
        ignoring_refusals([&] { static_cast<void>(integer_argument(arguments, name)); });
        ignoring_refusals([&] { static_cast<void>(number_argument(arguments, name)); });
        ignoring_refusals([&] { static_cast<void>(flag_argument(arguments, name)); });
        ignoring_refusals([&] { static_cast<void>(texts_argument(arguments, name)); });
        ignoring_refusals([&] {
            if (!std::isfinite(timeout_argument(arguments))) {
                std::abort();
            }
        });
    }
}

void read_request(const std::string& line) {
    try {
        const protocol::ParsedRequest request(line);
        static_cast<void>(protocol::find_command(request.command()));
        if (request.arguments().is_object()) {
            read_arguments(request.arguments());
        }
        if (protocol::answer_line(request.id(), nullptr).find('\n') !=
            protocol::answer_line(request.id(), nullptr).size() - 1) {
            std::abort();  // an answer is one line
        }
    } catch (const std::invalid_argument& error) {
        static_cast<void>(protocol::error_line(nullptr, "bad_request", error.what()));
    }
}

}  // namespace

void read_requests(Bytes bytes) {
    LineBuffer lines(protocol::kMaxRequestBytes);
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), 4096));
        bytes = bytes.subspan(piece.size());
        if (!lines.add({reinterpret_cast<const char*>(piece.data()), piece.size()})) {
            return;
        }
        while (const auto line = lines.next()) {
            read_request(*line);
        }
    }
}

std::vector<std::string> request_seeds() {
    return {"{\"command\":\"status\"}\n",
            "{\"command\":\"show\",\"arguments\":{\"id\":\"0\"},\"id\":[1,{\"a\":2}]}\n",
            "{\"command\":\"wait\",\"arguments\":{\"ids\":[\"a\",\"b\"],\"timeout_seconds\":1e308}}\r\n",
            "{\"command\":\"tasks\",\"arguments\":{\"limit\":-1,\"state\":\"done\"}}\n" +
                std::string(300, '[') + "\n"};
}

}  // namespace hrn::fuzz
