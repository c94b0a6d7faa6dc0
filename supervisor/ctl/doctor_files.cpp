// The doctor on folders, disks and model files.
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "supervisor/ctl/doctor.hpp"
#include "supervisor/ctl/helper_program.hpp"
#include "supervisor/ctl/json_view.hpp"

namespace hrn::ctl {
namespace {

constexpr std::uint64_t kMegabyte = 1024 * 1024;
constexpr auto kDescribePatience = std::chrono::seconds(120);

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// The nearest parent that exists.
std::string existing_part(std::string path) {
    while (::access(path.c_str(), F_OK) != 0 && path != "/") {
        path = parent_of(path);
    }
    return path;
}

// "/run/hrn", if the unit that is installed has that RuntimeDirectory=: gone while the service is stopped.
bool systemd_makes(const std::string& path) {
    constexpr std::string_view run = "/run/";
    if (!path.starts_with(run)) {
        return false;
    }
    const std::string wanted = "RuntimeDirectory=" + path.substr(run.size());
    for (const std::string folder :
         {"/etc/systemd/system", "/usr/local/lib/systemd/system", "/lib/systemd/system"}) {
        std::ifstream unit(folder + "/hrn.service");
        for (std::string line; std::getline(unit, line);) {
            if (line == wanted) {
                return true;
            }
        }
    }
    return false;
}

// `made`: the service makes it if it is missing.
void check_folder(const char* name, const std::string& path, bool made, const ServiceUser& user,
                  Findings& findings) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        const std::string base = existing_part(path);
        if (systemd_makes(path)) {
            findings.ok(name, path + " is not there yet; systemd makes it when it starts hrn.service");
        } else if (made && may_access(user, base, W_OK | X_OK)) {
            findings.ok(name, path + " is not there yet; the service makes it");
        } else if (made) {
            findings.error(name, path + " is not there, and " + user.name + " may not make it in " + base,
                           "install -d -o " + user.name + " " + path);
        } else {
            findings.error(name, path + ": " + std::strerror(errno),
                           "mount its disk, or install -d -o " + user.name + " " + path);
        }
        return;
    }
    if (!S_ISDIR(status.st_mode)) {
        findings.error(name, path + " is not a folder", "name another one in the configuration");
    } else if (!may_access(user, path, R_OK | W_OK | X_OK)) {
        findings.error(name, user.name + " may not read and write " + path,
                       "chown " + user.name + " " + path + ", and let it pass through the parents");
    } else {
        findings.ok(name, path + ", " + user.name + " may read and write it");
    }
}

void check_one_file_system(const std::string& spool, Findings& findings) {
    struct stat first {};
    if (::stat(spool.c_str(), &first) != 0) {
        return;
    }
    for (const char* folder : {"/incoming", "/claimed", "/done", "/failed"}) {
        struct stat status {};
        if (::stat((spool + folder).c_str(), &status) == 0 && status.st_dev != first.st_dev) {
            findings.error("spool_dir", spool + folder + " is on another file system than the spool",
                           "incoming/, claimed/, done/ and failed/ must be one file system: unmount it");
        }
    }
}

void check_disk(const char* name, const std::string& path, std::int64_t min_free_mb, Findings& findings) {
    struct statvfs status {};
    const std::string there = existing_part(path);
    if (::statvfs(there.c_str(), &status) != 0) {
        findings.warn(name, there + ": " + std::strerror(errno), "look at this disk");
        return;
    }
    const std::uint64_t free_mb = status.f_bavail * status.f_frsize / kMegabyte;
    const std::string text = std::to_string(free_mb) + " MB are free for " + path;
    const auto wanted = static_cast<std::uint64_t>(min_free_mb);
    if ((status.f_flag & ST_RDONLY) != 0) {
        findings.error(name, there + " is mounted read-only", "mount it for writing");
    } else if (free_mb < wanted) {
        findings.error(name, text + ", less than spool.min_free_mb = " + std::to_string(wanted),
                       "free space: intake and dispatch pause until then");
    } else if (free_mb < 2 * wanted) {
        findings.warn(name, text + "; below " + std::to_string(wanted) + " MB the service pauses",
                      "free space, or set [retention]");
    } else {
        findings.ok(name, text);
    }
}

bool needs_dlib(const Config& config, const nlohmann::json& model) {
    return config.model.front_end == "dlib" ||
           (config.model.front_end == "auto" && text_at(model, "front_end") == "dlib");
}

void check_landmarks(const Config& config, const ServiceUser& user, Findings& findings) {
    const std::string& path = config.model.landmarks;
    if (may_access(user, path, R_OK)) {
        findings.ok("landmarks", path);
    } else {
        findings.error("landmarks", user.name + " cannot read " + path + ", which the dlib front end needs",
                       "apt-get install libdlib-data, or name the file in model.landmarks");
    }
}

}  // namespace

void check_folders(const Config& config, const ServiceUser& user, Findings& findings) {
    const Config::Service& service = config.service;
    check_folder("spool_dir", service.spool_dir, false, user, findings);
    for (const char* folder : {"incoming", "claimed", "done", "failed"}) {
        const std::string path = service.spool_dir + "/" + folder;
        if (::access(path.c_str(), F_OK) == 0) {
            check_folder(folder, path, true, user, findings);
        }
    }
    check_one_file_system(service.spool_dir, findings);
    check_folder("results_dir", service.results_dir, true, user, findings);
    check_folder("state_dir", service.state_dir, true, user, findings);
    check_folder("runtime_dir", service.runtime_dir, true, user, findings);
}

void check_disks(const Config& config, Findings& findings) {
    check_disk("disk of the spool", config.service.spool_dir, config.spool.min_free_mb, findings);
    check_disk("disk of the results", config.service.results_dir, config.spool.min_free_mb, findings);
    check_disk("disk of the state", config.service.state_dir, 100, findings);
}

void check_model(const Config& config, const ServiceUser& user, Findings& findings) {
    if (config.model.kind == "simulated") {
        findings.ok("model",
                    "model.kind says that workers are simulated: none is needed, nothing is computed");
        return;
    }
    const std::string& path = config.model.dir;
    if (!may_access(user, path, R_OK | X_OK)) {
        findings.error("model", user.name + " cannot read the model directory " + path,
                       "put the model there (docs/install.md), or hrn-model synthesise " + path);
        return;
    }
    const auto program = find_helper("hrn-model");
    if (!program) {
        findings.warn("model", "hrn-model is not installed, so the files in " + path + " are not looked at",
                      "install it beside hrn-ctl");
        return;
    }
    nlohmann::json described;
    std::string said;
    try {
        const HelperAnswer answer = run_helper(*program, {"describe", path, "--json"}, kDescribePatience);
        described = nlohmann::json::parse(answer.out, nullptr, false);
        said = answer.err.empty() ? "it ended with " + std::to_string(answer.status) : answer.err;
    } catch (const std::exception& error) {
        said = error.what();
    }
    if (!described.is_object()) {
        findings.error("model", "hrn-model describe " + path + ": " + said, "put a whole model there");
        return;
    }
    std::string problems;
    for (const nlohmann::json& problem : list_at(described, "problems")) {
        problems.append(problems.empty() ? "" : "; ")
            .append(problem.is_string() ? problem.get<std::string>() : problem.dump());
    }
    const bool complete = described.value("complete", nlohmann::json()) == true;
    if (!complete || !problems.empty()) {
        findings.error("model", path + (problems.empty() ? " is not complete" : ": " + problems),
                       "hrn-model describe " + path + " names each file; fetch the missing ones");
    } else {
        findings.ok("model", path + ": " + text_at(described, "id") + ", front end " +
                                 text_at(described, "front_end"));
    }
    if (needs_dlib(config, described)) {
        check_landmarks(config, user, findings);
    }
}

}  // namespace hrn::ctl
