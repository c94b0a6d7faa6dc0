// The service under more than it was built for: a million small files at once, 100,000 of them in one folder,
// a burst that overflows the kernel's queue of file events, a thousand clients of which most behave badly.
// Meanwhile `status` is asked ten times a second.
//
//   bench_overload [--files N] [--folder-files N] [--clients N] [--seconds S] [--json FILE] [--assert]
//
// --assert makes the goals of the project exit status 1 when they are missed: under 64 MB resident, every
// answer to `status` within 50 ms, every file counted.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "shared/unique_fd.hpp"
#include "tests/behaviour/support/service.hpp"

namespace {

namespace files = std::filesystem;
using Clock = std::chrono::steady_clock;
using hrn::UniqueFd;
using hrn::test::Service;

constexpr double kMostMegabytes = 64;
constexpr double kSlowestAnswer = 50;  // milliseconds

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

UniqueFd connect_to(const std::string& path) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::system_error(errno, std::generic_category(), "connect " + path);
    }
    return fd;
}

// As much as the socket takes without waiting.
void send_some(const UniqueFd& fd, const std::string& text) {
    static_cast<void>(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

nlohmann::json ask_status(const std::string& socket_path) {
    const UniqueFd fd = connect_to(socket_path);
    send_some(fd, "{\"command\":\"status\"}\n");
    std::string answer;
    char buffer[65536];
    while (answer.find('\n') == std::string::npos) {
        const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, 0);
        if (count <= 0) {
            throw std::runtime_error("no answer to status");
        }
        answer.append(buffer, static_cast<std::size_t>(count));
    }
    return nlohmann::json::parse(answer).at("result");
}

double peak_megabytes(pid_t pid) {
    return static_cast<double>(hrn::test::status_kilobytes(pid, "VmHWM:")) / 1024;
}

// What was measured while one thing went on.
struct Phase {
    std::vector<double> answers;  // milliseconds

    // Asks until `over`, at most for so long; the last status.
    nlohmann::json watch(const Service& service, const std::function<bool(const nlohmann::json&)>& over,
                         double seconds) {
        const auto start = Clock::now();
        nlohmann::json status;
        do {
            const auto asked = Clock::now();
            status = ask_status(service.root() + "/run/control.sock");
            answers.push_back(milliseconds_since(asked));
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        } while (!over(status) && milliseconds_since(start) < 1000 * seconds);
        return status;
    }

    [[nodiscard]] nlohmann::json json() {
        std::sort(answers.begin(), answers.end());
        return {{"asked", answers.size()},
                {"median_ms", answers.at(answers.size() / 2)},
                {"slowest_ms", answers.back()}};
    }
};

std::int64_t seen(const nlohmann::json& status) {
    std::int64_t sum = 0;
    for (const char* key : {"waiting", "queued", "running", "done", "failed", "quarantined"}) {
        sum += status.at(key).get<std::int64_t>();
    }
    return sum;
}

// Made beside incoming/, then moved in as a whole: there at once.
void drop_folder(const Service& service, const std::string& name, int folders, int files_each) {
    const files::path beside = service.root() + "/spool/.beside-" + name;
    for (int folder = 0; folder < folders; ++folder) {
        const files::path path = beside / std::to_string(folder);
        files::create_directories(path);
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        for (int i = 0; i < files_each; ++i) {
            const UniqueFd file(::openat(fd.get(), (std::to_string(i) + ".jpg").c_str(),
                                         O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
            if (!file || ::write(file.get(), "image", 5) != 5) {
                throw std::system_error(errno, std::generic_category(), "writing a small file");
            }
        }
    }
    files::rename(beside, files::path(service.incoming()) / name);
}

// More events than the kernel keeps, while nobody reads them.
void overflow_events(Service& service, int count) {
    ::kill(service.supervisor().pid(), SIGSTOP);
    const files::path beside = service.root() + "/spool/.burst";
    files::create_directories(beside);
    for (int i = 0; i < count; ++i) {
        const std::string name = "burst-" + std::to_string(i) + ".jpg";
        std::ofstream(beside / name) << "image";
        files::rename(beside / name, files::path(service.incoming()) / name);
    }
    ::kill(service.supervisor().pid(), SIGCONT);
}

// Silent ones, half requests, lines without end, garbage, and readers of events that never read.
std::vector<UniqueFd> misbehaving_clients(const std::string& socket_path, int count) {
    const std::string garbage(4000, '\x01');
    std::vector<UniqueFd> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(connect_to(socket_path));
        switch (i % 5) {
            case 0:
                break;
            case 1:
                send_some(clients.back(), "{\"command\":\"sta");
                break;
            case 2:
                send_some(clients.back(), std::string(60'000, 'x'));
                break;
            case 3:
                send_some(clients.back(), garbage + "\n");
                break;
            default:
                send_some(
                    clients.back(),
                    "{\"command\":\"subscribe\"}\n{\"command\":\"tasks\",\"arguments\":{\"limit\":100}}\n");
        }
    }
    return clients;
}

// A line of a gigabyte: how much of it is taken before the client is cut off.
double send_endless_line(const std::string& socket_path) {
    const UniqueFd fd = connect_to(socket_path);
    const std::string piece(64 * 1024, 'x');
    double megabytes = 0;
    while (megabytes < 1024) {
        const ssize_t sent = ::send(fd.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            break;
        }
        megabytes += static_cast<double>(sent) / (1024 * 1024);
    }
    return megabytes;
}

struct Options {
    int files = 1'000'000, folder_files = 100'000, burst = 20'000, clients = 1000;
    double seconds = 600;
    bool check = false;
    std::string json_file;
};

nlohmann::json run(const Options& options) {
    Service service({{"workers", "per_device = 2"},
                     {"simulated", "service_ms = 20.0"},
                     {"spool", "settle_ms = 1000"},
                     {"spool", "rescan_s = 5"},
                     {"log", "level = \"warning\""}});
    service.start();
    const pid_t supervisor = service.supervisor().pid();
    const std::string socket_path = service.root() + "/run/control.sock";
    nlohmann::json out;
    const auto phase = [&](const char* name, std::int64_t wanted) {
        Phase watched;
        const nlohmann::json status = watched.watch(
            service, [&](const nlohmann::json& now) { return seen(now) >= wanted; }, options.seconds);
        out[name] = watched.json();
        out[name]["files"] = wanted;
        out[name]["seen"] = seen(status);
        out[name]["peak_mb"] = peak_megabytes(supervisor);
    };
    std::int64_t dropped = 0;
    drop_folder(service, "one-folder", 1, options.folder_files);
    phase("one_folder", dropped += options.folder_files);
    drop_folder(service, "many", std::max(1, options.files / 1000), std::min(options.files, 1000));
    phase("many_folders", dropped += static_cast<std::int64_t>(std::max(1, options.files / 1000)) *
                                     std::min(options.files, 1000));
    overflow_events(service, options.burst);
    phase("overflow", dropped += options.burst);

    Phase clients;
    const std::vector<UniqueFd> open_clients = misbehaving_clients(socket_path, options.clients);
    std::thread endless([&] { out["endless_line_mb"] = send_endless_line(socket_path); });
    static_cast<void>(clients.watch(
        service, [](const nlohmann::json&) { return false; }, 10));
    endless.join();
    out["clients"] = clients.json();
    out["clients"]["count"] = options.clients;
    out["clients"]["peak_mb"] = peak_megabytes(supervisor);
    service.kill_supervisor();
    return out;
}

bool reaches_goals(const nlohmann::json& out) {
    bool all = true;
    const auto goal = [&](const std::string& name, double value, double most) {
        if (value > most) {
            std::printf("goal missed: %s = %.1f, at most %.1f\n", name.c_str(), value, most);
            all = false;
        }
    };
    for (const char* name : {"one_folder", "many_folders", "overflow", "clients"}) {
        const nlohmann::json& phase = out.at(name);
        goal(std::string(name) + ".slowest_ms", phase.at("slowest_ms"), kSlowestAnswer);
        goal(std::string(name) + ".peak_mb", phase.at("peak_mb"), kMostMegabytes);
        if (phase.contains("seen")) {
            goal(std::string(name) + " files not counted",
                 phase.at("files").get<double>() - phase.at("seen").get<double>(), 0);
        }
    }
    goal("endless_line_mb", out.at("endless_line_mb"), 1);
    return all;
}

}  // namespace

int main(int argc, char** argv) try {
    Options options;
    CLI::App app{"the service under more than it was built for"};
    app.add_option("--files", options.files, "small files dropped at once, a thousand a folder");
    app.add_option("--folder-files", options.folder_files, "files in one folder");
    app.add_option("--burst", options.burst, "events while the supervisor stands still");
    app.add_option("--clients", options.clients, "clients of the control socket that behave badly");
    app.add_option("--seconds", options.seconds, "the longest wait for each phase");
    app.add_option("--json", options.json_file, "write the figures here too");
    app.add_flag("--assert", options.check, "exit 1 when a goal is missed");
    CLI11_PARSE(app, argc, argv);
    const nlohmann::json out = run(options);
    std::cout << out.dump(2) << '\n';
    if (!options.json_file.empty()) {
        std::ofstream(options.json_file) << out.dump(2) << '\n';
    }
    return options.check && !reaches_goals(out) ? 1 : 0;
} catch (const std::exception& error) {
    std::cerr << "bench_overload: " << error.what() << '\n';
    return 1;
}
