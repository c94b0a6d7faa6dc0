#include "supervisor/ctl/events.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/print.hpp"

namespace hrn::ctl {

Exit show_events(const Options& options, const Console& console) {
    Client client(socket_path(options));
    std::optional<Client::Deadline> deadline;
    if (options.timeout) {
        deadline = std::chrono::steady_clock::now() + *options.timeout;
    }
    static_cast<void>(client.request("subscribe", {{"events", options.events}}));
    nlohmann::json all = nlohmann::json::array();
    long seen = 0;
    bool in_time = true;
    while (in_time && (options.count == 0 || seen < options.count)) {
        const std::optional<std::string> line = client.next_line(deadline);
        in_time = line.has_value();
        if (!line) {
            break;
        }
        ++seen;
        if (options.json) {
            all.push_back(nlohmann::json::parse(*line, nullptr, false));
        } else {
            // At once, for whoever reads the pipe.
            console.out << *line << "\n" << std::flush;
        }
        if (!console.out) {
            return Exit::failed;  // nobody reads any more
        }
    }
    if (options.json) {
        print_json(console, all);
    }
    // Without a count the time is what was asked for.
    return in_time || options.count == 0 ? Exit::done : Exit::timeout;
}

}  // namespace hrn::ctl
