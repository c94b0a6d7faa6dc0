// `hrn-ctl doctor`: is this machine fit to run the service, and if not, what to do. It looks at everything
// that can be looked at without changing anything, with or without a running service. The checks themselves
// are in doctor_files.cpp (configuration, folders, disks, model) and doctor_machine.cpp (service, kernel,
// driver, GPUs, the worker program).
//
// hrn-ctl links neither LibTorch nor the model reader: `hrn-worker --about` and `hrn-model describe` are
// asked.
#pragma once

#include <string>
#include <vector>

#include "shared/config.hpp"
#include "supervisor/ctl/console.hpp"
#include "supervisor/ctl/options.hpp"
#include "supervisor/ctl/service_user.hpp"

namespace hrn::ctl {

enum class Health { ok, warning, error };

struct Finding {
    std::string check;  // "spool_dir", "GPU 0", …
    Health health = Health::ok;
    std::string text;    // one sentence
    std::string advice;  // what to do; empty if ok
};

class Findings {
public:
    void ok(const std::string& check, const std::string& text) {
        all_.push_back({check, Health::ok, text, {}});
    }
    void warn(const std::string& check, const std::string& text, const std::string& advice) {
        all_.push_back({check, Health::warning, text, advice});
    }
    void error(const std::string& check, const std::string& text, const std::string& advice) {
        all_.push_back({check, Health::error, text, advice});
    }
    [[nodiscard]] const std::vector<Finding>& all() const { return all_; }
    [[nodiscard]] Health worst() const;

private:
    std::vector<Finding> all_;
};

// Exit::failed if anything is an error, Exit::usage if the configuration is; warnings are no failure.
[[nodiscard]] Exit doctor(const Options& options, const Console& console);

// --- the checks (each adds findings, none throws) ----------------------------------------------------
void check_folders(const Config& config, const ServiceUser& user, Findings& findings);
void check_disks(const Config& config, Findings& findings);
void check_model(const Config& config, const ServiceUser& user, Findings& findings);
void check_service(const Options& options, Findings& findings);
void check_kernel(const Config& config, const Options& options, Findings& findings);
void check_devices(const Config& config, Findings& findings);

}  // namespace hrn::ctl
