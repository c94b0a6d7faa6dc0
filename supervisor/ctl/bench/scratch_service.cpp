#include "supervisor/ctl/bench/scratch_service.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "shared/fs.hpp"
#include "shared/toml_text.hpp"
#include "shared/unique_fd.hpp"
#include "supervisor/ctl/exit_status.hpp"
#include "supervisor/ctl/json_view.hpp"

namespace hrn::ctl {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kSocketPatience = 20s;
constexpr auto kReadyPatience = 10min;  // a model that loads and finds its batch size on a cold disk
constexpr auto kStopPatience = 20s;
constexpr std::size_t kLinesShown = 12;

std::string supervisor_program() {
    std::error_code error;
    const files::path self = files::read_symlink("/proc/self/exe", error);
    const files::path beside = self.parent_path() / "hrn-supervisor";
    return !error && files::exists(beside) ? beside.string() : "hrn-supervisor";
}

std::string make_root(const std::string& parent) {
    std::string root = files::absolute(parent).lexically_normal().string() + "/hrn-bench-XXXXXX";
    if (::mkdtemp(root.data()) == nullptr) {
        throw CommandError(Exit::failed, "bench: cannot make a folder in " + parent + ": " +
                                             std::strerror(errno) + "; name another one with --scratch");
    }
    return root;
}

}  // namespace

ScratchService::ScratchService(const std::string& parent) : root_(make_root(parent)) {}

ScratchService::ScratchService(const std::string& parent, const Sections& sections) : ScratchService(parent) {
    for (const char* folder : {"/spool/incoming", "/spool/.prepared", "/results", "/state", "/run"}) {
        files::create_directories(root_ + folder);
    }
    std::ofstream config(root_ + "/hrn.toml");
    config << "[service]\n";
    for (const auto& [key, folder] : {std::pair("spool_dir", "/spool"),
                                      {"results_dir", "/results"},
                                      {"state_dir", "/state"},
                                      {"runtime_dir", "/run"}}) {
        config << key << " = " << toml_string(root_ + folder) << "\n";
    }
    for (const auto& [section, lines] : sections) {
        config << "[" << section << "]\n";
        for (const std::string& line : lines) {
            config << line << "\n";
        }
    }
    config.close();
    launch(supervisor_program());
    const auto end = Clock::now() + kSocketPatience;
    while (!client_) {
        require_alive();
        try {
            client_ = std::make_unique<Client>(root_ + "/run/control.sock");
        } catch (const NoSupervisor&) {
            if (Clock::now() > end) {
                throw CommandError(Exit::failed,
                                   "bench: the scratch service does not answer:\n" + last_lines());
            }
            std::this_thread::sleep_for(5ms);
        }
    }
}

ScratchService::~ScratchService() {
    if (pid_ > 0) {
        ::kill(pid_, SIGTERM);
        const auto end = Clock::now() + kStopPatience;
        int status = 0;
        while (::waitpid(pid_, &status, WNOHANG) == 0) {
            if (Clock::now() > end) {
                ::kill(pid_, SIGKILL);
            }
            std::this_thread::sleep_for(5ms);
        }
    }
    std::error_code ignored;  // what is left lies in a temporary folder
    files::remove_all(root_, ignored);
}

void ScratchService::launch(const std::string& program) {
    const std::string config = root_ + "/hrn.toml";
    const UniqueFd log(::open((root_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    char* const arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>("--config"),
                               const_cast<char*>(config.c_str()), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, log.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, log.get(), STDERR_FILENO);
    // A process group of its own, so that Ctrl-C ends this command and this command ends the service.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &stop_.before());
    const int error = ::posix_spawnp(&pid_, program.c_str(), &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        pid_ = -1;
        throw CommandError(Exit::failed, "bench: cannot start " + program + ": " + std::strerror(error));
    }
}

void ScratchService::require_alive() {
    if (stop_.came()) {
        throw CommandError(Exit::failed, "bench: stopped; the scratch service is ended and removed");
    }
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        pid_ = -1;
        throw CommandError(Exit::failed, "bench: the scratch service ended:\n" + last_lines());
    }
}

std::string ScratchService::last_lines() const {
    std::ifstream log(root_ + "/log");
    std::vector<std::string> lines;
    for (std::string line; std::getline(log, line);) {
        lines.push_back(line);
    }
    std::ostringstream text;
    for (std::size_t i = lines.size() > kLinesShown ? lines.size() - kLinesShown : 0; i < lines.size(); ++i) {
        text << lines[i] << "\n";
    }
    return text.str();
}

nlohmann::json ScratchService::ask(const char* command, const nlohmann::json& arguments) {
    require_alive();
    return client_->request(command, arguments);
}

void ScratchService::wait_until_ready(std::size_t workers) {
    const auto end = Clock::now() + kReadyPatience;
    for (;;) {
        const nlohmann::json status = ask("status", nlohmann::json::object());
        const nlohmann::json& list = list_at(status, "workers");
        const auto ready = std::count_if(list.begin(), list.end(), [](const nlohmann::json& worker) {
            return text_at(worker, "state") == "ready";
        });
        if (static_cast<std::size_t>(ready) == workers) {
            return;
        }
        const bool down = std::any_of(list.begin(), list.end(), [](const nlohmann::json& worker) {
            return text_at(worker, "state") == "down";
        });
        if (down || Clock::now() > end) {
            throw CommandError(Exit::failed, "bench: only " + std::to_string(ready) + " of " +
                                                 std::to_string(workers) + " workers became ready:\n" +
                                                 last_lines());
        }
        std::this_thread::sleep_for(10ms);
    }
}

void ScratchService::release() {
    const UniqueFd spool = fs::open_directory(root_ + "/spool");
    const UniqueFd incoming = fs::open_directory(root_ + "/spool/incoming");
    if (fs::rename_no_replace(spool.get(), ".prepared", incoming.get(), "bench") != fs::Moved::moved) {
        throw CommandError(Exit::failed,
                           "bench: the images cannot be moved into " + root_ + "/spool/incoming");
    }
}

}  // namespace hrn::ctl
