// How fast is the supervisor alone? Eight simulated workers that take no time, N files dropped by rename, the
// default durability: tasks from dropped file to recorded result per second, CPU seconds per task, resident
// memory, and beside them what the disk does (fsyncs per second of one thread on the same file system).
//
//   bench_supervisor [--tasks N] [--workers N] [--spool-files N] [--json FILE] [--assert]
//
// --assert makes the goals of the project exit status 1 when they are missed: at least 2,000 tasks/s, under
// 30 MB resident with an empty spool and with a spool of --spool-files files, the socket answering within 100
// ms; with a million tasks or more, memory that grows by less than 2 MB after the first tenth of them.
#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>
#include <utility>

#include "shared/unique_fd.hpp"
#include "tests/behaviour/support/service.hpp"

namespace {

namespace files = std::filesystem;
using Clock = std::chrono::steady_clock;
using hrn::test::read_whole;
using hrn::test::Service;

constexpr int kSoak =
    1'000'000;  // tasks from which on memory must be flat: within 2 MB after the first tenth

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// One request on a connection of its own; empty when nobody answers.
std::string ask(const std::string& socket_path, const std::string& line) {
    hrn::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    const std::string request = line + "\n";
    if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
        return {};
    }
    std::string answer;
    char buffer[65536];
    while (answer.find('\n') == std::string::npos) {
        const ssize_t count = ::recv(fd.get(), buffer, sizeof buffer, 0);
        if (count <= 0) {
            return {};
        }
        answer.append(buffer, static_cast<std::size_t>(count));
    }
    return answer;
}

std::uint64_t done_count(const std::string& socket_path) {
    const std::string answer = ask(socket_path, R"({"command":"status"})");
    return answer.empty() ? 0 : nlohmann::json::parse(answer).at("result").at("done").get<std::uint64_t>();
}

double cpu_seconds(pid_t pid) {
    const std::string stat = read_whole("/proc/" + std::to_string(pid) + "/stat");
    std::istringstream rest(stat.substr(stat.rfind(')') + 2));
    std::string field;
    double ticks = 0;
    for (int i = 3; i <= 15 && rest >> field; ++i) {
        if (i == 14 || i == 15) {
            ticks += std::stod(field);
        }
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double memory_mb(pid_t pid, const char* key) {
    return static_cast<double>(hrn::test::status_kilobytes(pid, key)) / 1024;
}

double fsyncs_per_second(const std::string& folder) {
    const std::string path = folder + "/fsync-probe";
    const auto start = Clock::now();
    int count = 0;
    while (seconds_since(start) < 1.0) {
        hrn::UniqueFd fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644));
        if (::write(fd.get(), "x", 1) != 1 || ::fsync(fd.get()) != 0) {
            throw std::runtime_error("cannot fsync in " + folder);
        }
        ++count;
    }
    ::unlink(path.c_str());
    return count / seconds_since(start);
}

void prepare_files(const std::string& folder, int count) {
    files::create_directories(folder);
    for (int i = 0; i < count; ++i) {
        std::ofstream(folder + "/" + std::to_string(i) + ".jpg") << "image " << i;
    }
    hrn::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ::syncfs(fd.get());
}

// From exec to the first answer on the control socket.
double start_to_answer_ms(Service& service) {
    const std::string socket_path = service.root() + "/run/control.sock";
    files::remove(socket_path);
    const auto start = Clock::now();
    service.launch();
    while (ask(socket_path, R"({"command":"status"})").empty()) {
        if (seconds_since(start) > 20) {
            throw std::runtime_error("the socket never answered:\n" + service.log());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return 1e3 * seconds_since(start);
}

std::string machine() {
    std::ifstream cpu("/proc/cpuinfo");
    for (std::string line; std::getline(cpu, line);) {
        if (line.rfind("model name", 0) == 0) {
            return line.substr(line.find(':') + 2) + ", " +
                   std::to_string(std::thread::hardware_concurrency()) + " cores";
        }
    }
    return std::to_string(std::thread::hardware_concurrency()) + " cores";
}

}  // namespace

int main(int argc, char** argv) try {
    int tasks = 20'000;
    int workers = 8;
    int spool_files = 100'000;
    bool check = false;
    std::string json_file;
    CLI::App app{"the supervisor alone, with simulated workers that take no time"};
    app.add_option("--tasks", tasks, "files to drop");
    app.add_option("--workers", workers, "simulated workers");
    app.add_option("--spool-files", spool_files,
                   "files lying in the spool for the memory figure; 0: leave it out");
    app.add_option("--json", json_file, "write the figures here too");
    app.add_flag("--assert", check, "exit 1 when a goal is missed");
    CLI11_PARSE(app, argc, argv);

    const Service::Settings settings{{"workers", "per_device = " + std::to_string(workers)},
                                     {"simulated", "service_ms = 0.0"},
                                     {"spool", "settle_ms = 1000"},
                                     {"spool", "rescan_s = 30"},
                                     {"log", "level = \"warning\""}};
    nlohmann::json out{{"machine", machine()}, {"tasks", tasks}, {"workers", workers}};
    {
        Service service(settings);
        const std::string socket_path = service.root() + "/run/control.sock";
        out["fsyncs_per_s"] = fsyncs_per_second(service.root());
        out["start_to_answer_ms"] = start_to_answer_ms(service);
        const pid_t supervisor = service.supervisor().pid();
        (void)Service::eventually(
            [&] { return service.worker_pids().size() == static_cast<std::size_t>(workers); });
        std::this_thread::sleep_for(std::chrono::seconds(1));
        out["rss_empty_mb"] = memory_mb(supervisor, "VmRSS:");

        const std::string prepared = service.root() + "/spool/.prepared";
        prepare_files(prepared, tasks);
        const double cpu_before = cpu_seconds(supervisor);
        double worker_cpu_before = 0;
        for (const pid_t pid : service.worker_pids()) {
            worker_cpu_before += cpu_seconds(pid);
        }
        const auto start = Clock::now();
        for (int i = 0; i < tasks; ++i) {
            const std::string name = "/" + std::to_string(i) + ".jpg";
            files::rename(prepared + name, service.incoming() + name);
        }
        const double drop_seconds = seconds_since(start);
        nlohmann::json rss_by_tenths = nlohmann::json::array();
        std::uint64_t done = 0;
        auto last_progress = Clock::now();
        while (done < static_cast<std::uint64_t>(tasks)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            const std::uint64_t now = done_count(socket_path);
            if (now > std::exchange(done, now)) {
                last_progress = Clock::now();
            } else if (seconds_since(last_progress) > 60) {
                throw std::runtime_error("nothing was finished for a minute, after " + std::to_string(done) +
                                         " tasks");
            }
            while ((rss_by_tenths.size() + 1) * static_cast<std::uint64_t>(tasks) <= 10 * done) {
                rss_by_tenths.push_back(memory_mb(supervisor, "VmRSS:"));
            }
        }
        const double seconds = seconds_since(start);
        double worker_cpu = -worker_cpu_before;
        for (const pid_t pid : service.worker_pids()) {
            worker_cpu += cpu_seconds(pid);
        }
        out["drop_seconds"] = drop_seconds;
        out["seconds"] = seconds;
        out["tasks_per_s"] = tasks / seconds;
        out["supervisor_cpu_ms_per_task"] = 1e3 * (cpu_seconds(supervisor) - cpu_before) / tasks;
        out["workers_cpu_ms_per_task"] = 1e3 * worker_cpu / tasks;
        out["rss_peak_mb"] = memory_mb(supervisor, "VmHWM:");
        out["rss_by_tenths_mb"] = rss_by_tenths;
        out["rss_growth_mb"] = rss_by_tenths.back().get<double>() - rss_by_tenths.front().get<double>();
        service.stop();
    }
    if (spool_files > 0) {
        Service::Settings slow = settings;
        slow.add("simulated", "service_ms = 600000.0");
        Service service(slow);
        prepare_files(service.incoming() + "/many", spool_files);
        service.start();
        const std::string socket_path = service.root() + "/run/control.sock";
        (void)Service::eventually(
            [&] {
                const std::string answer = ask(socket_path, R"({"command":"status"})");
                return !answer.empty() &&
                       nlohmann::json::parse(answer).at("result").at("waiting").get<int>() > spool_files / 2;
            },
            std::chrono::seconds(60));
        double slowest = 0;
        for (int i = 0; i < 50; ++i) {
            const auto start = Clock::now();
            if (ask(socket_path, R"({"command":"status"})").empty()) {
                throw std::runtime_error("no answer");
            }
            slowest = std::max(slowest, 1e3 * seconds_since(start));
        }
        out["spool_files"] = spool_files;
        out["rss_full_spool_mb"] = memory_mb(service.supervisor().pid(), "VmRSS:");
        out["status_slowest_ms"] = slowest;
        service.kill_supervisor();
    }

    std::printf("%-34s %s\n", "machine", out.at("machine").get<std::string>().c_str());
    for (const auto& [key, value] : out.items()) {
        if (value.is_number()) {
            std::printf("%-34s %.3f\n", key.c_str(), value.get<double>());
        }
    }
    if (!json_file.empty()) {
        std::ofstream(json_file) << out.dump(1) << '\n';
    }
    if (!check) {
        return 0;
    }
    const auto goal = [&](const char* key, bool reached) {
        if (!reached) {
            std::printf("goal missed: %s = %s\n", key, out.at(key).dump().c_str());
        }
        return reached;
    };
    bool all = goal("tasks_per_s", out.at("tasks_per_s") >= 2000);
    all = goal("rss_empty_mb", out.at("rss_empty_mb") < 30) && all;
    all = goal("start_to_answer_ms", out.at("start_to_answer_ms") <= 100) && all;
    if (spool_files > 0) {
        all = goal("rss_full_spool_mb", out.at("rss_full_spool_mb") < 30) && all;
    }
    if (tasks >= kSoak) {
        all = goal("rss_growth_mb", out.at("rss_growth_mb") < 2) && all;
    }
    return all ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << "bench_supervisor: " << error.what() << '\n';
    return 1;
}
