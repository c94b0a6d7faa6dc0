// The doctor on the running service and the kernel's limits.
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "supervisor/ctl/client.hpp"
#include "supervisor/ctl/doctor.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/json_view.hpp"

namespace hrn::ctl {
namespace {

using namespace std::chrono_literals;

constexpr long kFewWatches = 8192;             // folders below incoming/ that are watched at once
constexpr long kFewInstances = 16;             // of all programs of a user
constexpr long kFewFiles = 4096;               // 1,100 clients, a dozen a worker, folders
constexpr long kTooFewFiles = 512;             // a handful of clients and workers
constexpr std::size_t kMostFolders = 200'000;  // counted, then it is enough

std::optional<long> number_in(const std::string& path) {
    std::ifstream file(path);
    long number = 0;
    return file >> number ? std::optional(number) : std::nullopt;
}

std::optional<nlohmann::json> asked(const Options& options, const char* command, std::string& why) {
    try {
        return Client(socket_path(options)).request(command, nlohmann::json::object(), 10s);
    } catch (const std::exception& error) {
        why = error.what();
        return std::nullopt;
    }
}

long folders_below(const std::string& path) {
    namespace files = std::filesystem;
    std::error_code error;
    long count = 1;
    for (files::recursive_directory_iterator
             entry(path, files::directory_options::skip_permission_denied, error),
         end;
         !error && entry != end && static_cast<std::size_t>(count) < kMostFolders; entry.increment(error)) {
        count += entry->is_directory(error) && !entry->is_symlink(error) ? 1 : 0;
    }
    return count;
}

void check_watches(const Config& config, Findings& findings) {
    const auto limit = number_in("/proc/sys/fs/inotify/max_user_watches");
    if (!limit) {
        findings.warn("inotify watches", "the kernel does not say how many there may be",
                      "without inotify files are found every spool.rescan_s only");
        return;
    }
    const long folders = folders_below(config.service.spool_dir + "/incoming");
    const std::string text = "at most " + std::to_string(*limit) + ", incoming/ has " +
                             std::to_string(folders) + (folders == 1 ? " folder" : " folders");
    if (*limit < 2 * folders || *limit < kFewWatches) {
        findings.warn("inotify watches", text,
                      "sysctl fs.inotify.max_user_watches=524288 (and in sysctl.d); "
                      "folders without a watch are found every spool.rescan_s only");
    } else {
        findings.ok("inotify watches", text);
    }
    if (const auto instances = number_in("/proc/sys/fs/inotify/max_user_instances")) {
        if (*instances < kFewInstances) {
            findings.warn("inotify instances", "at most " + std::to_string(*instances) + " a user",
                          "sysctl fs.inotify.max_user_instances=128");
        } else {
            findings.ok("inotify instances", "at most " + std::to_string(*instances) + " a user");
        }
    }
}

// The soft limit of a running supervisor, else what this user could have at most.
std::optional<long> file_limit(std::optional<long> pid) {
    if (pid) {
        std::ifstream limits("/proc/" + std::to_string(*pid) + "/limits");
        for (std::string line; std::getline(limits, line);) {
            std::istringstream words(line.starts_with("Max open files") ? line.substr(14) : "");
            if (long soft = 0; words >> soft) {
                return soft;
            }
        }
        return std::nullopt;
    }
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::optional(static_cast<long>(limit.rlim_max))
                                                   : std::nullopt;
}

void check_open_files(const Options& options, Findings& findings) {
    std::string why;
    const auto ping = asked(options, "ping", why);
    const auto pid = ping ? number_at(*ping, "pid") : std::nullopt;
    const auto limit = file_limit(pid ? std::optional(static_cast<long>(*pid)) : std::nullopt);
    if (!limit) {
        findings.warn("open files", "the service's limit cannot be read", "run the doctor as root");
        return;
    }
    const std::string text = std::to_string(*limit) + (pid ? " for the service" : " for this user");
    const char* advice = "LimitNOFILE=65536 in the unit, or ulimit -n";
    if (*limit < kTooFewFiles) {
        findings.error("open files", text, advice);
    } else if (*limit < kFewFiles) {
        findings.warn("open files", text, advice);
    } else {
        findings.ok("open files", text);
    }
}

void check_landlock(Findings& findings) {
    constexpr unsigned kAskForVersion = 1;
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskForVersion);
    if (version >= 1) {
        findings.ok("Landlock", "version " + std::to_string(version));
    } else {
        findings.warn("Landlock", "this kernel has none: workers are confined by seccomp only",
                      "boot a kernel with CONFIG_SECURITY_LANDLOCK and landlock in lsm=");
    }
}

}  // namespace

void check_service(const Options& options, Findings& findings) {
    std::string why;
    const auto status = asked(options, "status", why);
    if (!status) {
        findings.warn("service", why, "systemctl start hrn (this doctor does not need it)");
        return;
    }
    findings.ok("service",
                "version " + text_at(*status, "version") + " answers, state " + text_at(*status, "state"));
    for (const nlohmann::json& problem : list_at(*status, "problems")) {
        findings.warn("problem " + text_at(problem, "code"), text_at(problem, "text"),
                      "hrn-ctl status shows it until it is over");
    }
}

void check_kernel(const Config& config, const Options& options, Findings& findings) {
    check_watches(config, findings);
    check_open_files(options, findings);
    check_landlock(findings);
}

}  // namespace hrn::ctl
