// A service of its own in a folder of its own, for `hrn-ctl bench`: real hrn-supervisor, its configuration
// made here, everything gone when the object goes (the supervisor is ended, the folder removed).
//
// One thread. Throws CommandError(failed) with the supervisor's last log lines when it does not start or
// stops answering, and when the command is told to stop (Ctrl-C, SIGTERM, SIGHUP) while it waits here.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "supervisor/ctl/bench/stop_signals.hpp"
#include "supervisor/ctl/client.hpp"

namespace hrn::ctl {

class ScratchService {
public:
    // `sections`: lines of TOML by section, besides the folders; `parent`: where its folder is made.
    using Sections = std::map<std::string, std::vector<std::string>>;
    ScratchService(const std::string& parent, const Sections& sections);
    ~ScratchService();
    ScratchService(const ScratchService&) = delete;
    ScratchService& operator=(const ScratchService&) = delete;

    [[nodiscard]] nlohmann::json ask(const char* command, const nlohmann::json& arguments);
    // Until every worker is ready to compute.
    void wait_until_ready(std::size_t workers);
    // A folder in the spool that is not looked at; release() makes it appear in incoming/ at one stroke.
    [[nodiscard]] std::string prepared() const { return root_ + "/spool/.prepared"; }
    void release();
    [[nodiscard]] std::string results() const { return root_ + "/results/bench"; }

private:
    // Once this has run the destructor will, whatever the rest of the start throws.
    explicit ScratchService(const std::string& parent);
    void launch(const std::string& program);
    void require_alive();
    [[nodiscard]] std::string last_lines() const;

    StopSignals stop_;
    std::string root_;
    pid_t pid_ = -1;
    std::unique_ptr<Client> client_;
};

}  // namespace hrn::ctl
