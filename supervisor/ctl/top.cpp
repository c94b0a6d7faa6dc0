#include "supervisor/ctl/top.hpp"

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/json_view.hpp"
#include "supervisor/ctl/print.hpp"

namespace hrn::ctl {
namespace {

constexpr int kTasksShown = 8;
constexpr const char* kHome = "\033[H";
constexpr const char* kClearBelow = "\033[J";
constexpr const char* kClearLine = "\033[K";

std::string picture(Client& client, const Console& console) {
    std::ostringstream text;
    const Console page{text, console.err, console.colour, false};
    print_status(page, client.request("status", nlohmann::json::object()));
    const nlohmann::json tasks = client.request("tasks", {{"limit", kTasksShown}});
    if (tasks.is_array() && !tasks.empty()) {
        text << "\n";
        print_tasks(page, tasks);
    }
    return text.str();
}

// Each line wipes what an earlier, longer one left; nothing is cleared before it is overwritten, so nothing
// flickers.
std::string over_the_last(const std::string& text) {
    std::string out = kHome;
    for (const char c : text) {
        out += c == '\n' ? std::string(kClearLine) + "\n" : std::string(1, c);
    }
    return out + kClearBelow;
}

}  // namespace

Exit top(const Options& options, const Console& console) {
    const bool live = options.count == 0 && ::isatty(STDOUT_FILENO) == 1;
    const long pictures = options.count > 0 ? options.count : live ? -1 : 1;
    Client client(socket_path(options));
    for (long shown = 0; shown != pictures; ++shown) {
        if (shown > 0) {
            std::this_thread::sleep_for(options.interval);
        }
        if (options.json) {
            console.out << client.request("status", nlohmann::json::object()).dump() << "\n";
        } else {
            const std::string text = picture(client, console);
            console.out << (live ? over_the_last(text) : text);
        }
        console.out.flush();
    }
    return Exit::done;
}

}  // namespace hrn::ctl
