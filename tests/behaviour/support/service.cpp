#include "tests/behaviour/support/service.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

namespace hrn::test {
namespace {

namespace files = std::filesystem;

std::string make_root() {
    // Short: a Unix socket's path has at most 107 bytes.
    std::string pattern = "/tmp/hrn-test.XXXXXX";
    if (const char* base = std::getenv("TMPDIR"); base != nullptr && std::string(base).size() < 40) {
        pattern = std::string(base) + "/hrn-test.XXXXXX";
    }
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
    }
    return pattern;
}

// The fields of /proc/PID/stat after the name; empty when there is no such process.
std::string stat_of(const std::string& pid) {
    const std::string stat = read_whole("/proc/" + pid + "/stat");
    const std::size_t end = stat.rfind(')');
    return end == std::string::npos ? std::string() : stat.substr(end + 1);
}

// A dead orphan that nobody has reaped yet does not run.
bool runs(pid_t pid) {
    const std::string stat = stat_of(std::to_string(pid));
    return !stat.empty() && stat.find_first_of("ZX") != 1;
}

std::string build_config(const std::string& root, const Service::Settings& settings) {
    std::map<std::string, std::map<std::string, std::string>> sections;
    const auto set = [&](const std::string& section, const std::string& line) {
        const std::string key = line.substr(0, line.find_first_of(" ="));
        sections[section][key] = line;
    };
    set("service", "spool_dir = \"" + root + "/spool\"");
    set("service", "results_dir = \"" + root + "/results\"");
    set("service", "state_dir = \"" + root + "/state\"");
    set("service", "runtime_dir = \"" + root + "/run\"");
    set("spool", "settle_ms = 100");
    set("spool", "rescan_s = 1");
    set("model", "kind = \"simulated\"");
    set("workers", "devices = [\"cpu\"]");
    set("simulated", "service_ms = 1.0");
    set("simulated", "load_ms = 0.0");
    set("restart", "initial_backoff_ms = 20");
    set("restart", "max_backoff_ms = 200");
    set("restart", "max_failures = 1000");
    set("limits", "kill_timeout_s = 1.0");
    set("metrics", "listen = \"off\"");
    set("log", "level = \"debug\"");
    for (const Service::Setting& setting : settings.all) {
        set(setting.section, setting.line);
    }
    std::ostringstream text;
    for (const auto& [section, lines] : sections) {
        text << '[' << section << "]\n";
        for (const auto& [key, line] : lines) {
            text << line << '\n';
        }
        text << '\n';
    }
    return text.str();
}

}  // namespace

std::string read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string bin(const std::string& program) {
    const char* installed = std::getenv("HRN_TEST_BIN_DIR");
    return std::string(installed != nullptr ? installed : HRN_BIN_DIR) + "/" + program;
}

Service::Service(const Settings& settings) : Service(settings, make_root()) {
    kept_ = false;
}

Service::Service(const Settings& settings, const std::string& root)
    : root_(root), config_(root_ + "/hrn.toml"), kept_(true) {
    for (const char* folder : {"/spool/incoming", "/results", "/state", "/run", "/beside"}) {
        files::create_directories(root_ + folder);
    }
    std::ofstream(config_) << build_config(root_, settings);
}

Service::~Service() {
    if (supervisor_.pid() > 0) {
        try {
            kill_supervisor();
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
    if (::testing::Test::HasFailure() || std::uncaught_exceptions() > 0) {
        std::cerr << "the service's folder is kept: " << root_ << "\n";
    } else if (!kept_) {
        std::error_code ignored;
        files::remove_all(root_, ignored);
    }
}

void Service::launch(const std::vector<std::string>& extra_environment) {
    supervisor_ = Running(bin("hrn-supervisor"), {"--config", config_}, extra_environment, root_ + "/log");
}

void Service::launch_as(const std::string& user) {
    supervisor_ = Running(
        "/usr/bin/setpriv",
        {"--reuid", user, "--regid", user, "--clear-groups", bin("hrn-supervisor"), "--config", config_}, {},
        root_ + "/log");
}

void Service::start(const std::vector<std::string>& extra_environment) {
    launch(extra_environment);
    const bool up = eventually(
        [&] {
            return !supervisor_.alive() || ctl({"status", "--json"}).status == 0;
        },
        std::chrono::seconds(60));  // a machine may be busy with others
    if (!up || !supervisor_.alive()) {
        throw std::runtime_error("the supervisor did not start:\n" + log());
    }
}

int Service::stop() {
    supervisor_.signal(SIGTERM);
    return supervisor_.wait(std::chrono::seconds(30));
}

void Service::kill_supervisor() {
    const std::vector<pid_t> workers = worker_pids();
    supervisor_.signal(SIGKILL);
    supervisor_.wait(std::chrono::seconds(10));
    const bool gone = eventually([&] {
        for (const pid_t pid : workers) {
            if (runs(pid)) {
                return false;
            }
        }
        return true;
    });
    if (!gone) {
        throw std::runtime_error("workers outlived their supervisor");
    }
}

std::string Service::log() const {
    return read_whole(root_ + "/log");
}

void Service::drop(const std::string& rel, const std::string& bytes) const {
    static std::atomic<unsigned> counter{0};
    const std::string beside = root_ + "/spool/.beside-" + std::to_string(++counter);
    std::ofstream(beside, std::ios::binary) << bytes;
    const files::path target = files::path(incoming()) / rel;
    files::create_directories(target.parent_path());
    files::rename(beside, target);
}

void Service::drop_file(const std::string& rel, const std::string& path) const {
    drop(rel, read_whole(path));
}

Finished Service::ctl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--config", config_});
    return run_program(bin("hrn-ctl"), arguments);
}

nlohmann::json Service::ctl_json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const Finished finished = ctl(arguments);
    if (finished.status != 0) {
        throw std::runtime_error("hrn-ctl " + arguments.front() + " ended with " +
                                 std::to_string(finished.status) + ": " + finished.out + finished.err);
    }
    return nlohmann::json::parse(finished.out);
}

int Service::wait_all(int timeout_s) const {
    // Its own time-out is the one that counts; the guard is for a program that does not keep it.
    return run_program(bin("hrn-ctl"), {"--config", config_, "wait", "--timeout", std::to_string(timeout_s)},
                       {}, std::chrono::seconds(timeout_s + 60))
        .status;
}

bool Service::eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

std::map<std::string, nlohmann::json> Service::published() const {
    std::map<std::string, nlohmann::json> all;
    const files::path base = results();
    for (auto it = files::recursive_directory_iterator(base); it != files::recursive_directory_iterator();
         ++it) {
        if (it.depth() == 0 && it->path().filename() == ".tmp") {
            it.disable_recursion_pending();
            continue;
        }
        if (it->path().filename() == "result.json") {
            all[files::relative(it->path().parent_path(), base).string()] =
                nlohmann::json::parse(read_whole(it->path()));
        }
    }
    return all;
}

std::vector<std::string> Service::leftovers() const {
    std::vector<std::string> found;
    const auto look = [&](const files::path& folder, int empty_depth) {
        if (!files::exists(folder)) {
            return;
        }
        for (auto it = files::recursive_directory_iterator(folder);
             it != files::recursive_directory_iterator(); ++it) {
            if (it.depth() >= empty_depth) {
                found.push_back(it->path().string());
            }
        }
    };
    look(root_ + "/spool/claimed", 0);
    look(root_ + "/results/.tmp", 1);  // depth 0 are the living workers' own folders
    return found;
}

std::vector<pid_t> Service::worker_pids() const {
    std::vector<pid_t> pids;
    const std::string parent = std::to_string(supervisor_.pid());
    for (const auto& entry : files::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        std::istringstream rest(stat_of(name));
        std::string state;
        std::string ppid;
        rest >> state >> ppid;
        if (ppid == parent && state != "Z") {
            pids.push_back(std::stoi(name));
        }
    }
    return pids;
}

}  // namespace hrn::test
