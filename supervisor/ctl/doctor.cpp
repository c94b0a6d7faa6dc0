#include "supervisor/ctl/doctor.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/log.hpp"
#include "shared/text.hpp"
#include "supervisor/ctl/find_service.hpp"
#include "supervisor/ctl/print.hpp"

namespace hrn::ctl {
namespace {

std::string_view health_name(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::warning:
            return "warning";
        case Health::error:
            return "error";
    }
    return "error";
}

Colour colour_of(Health health) {
    return health == Health::ok ? Colour::green : health == Health::warning ? Colour::yellow : Colour::red;
}

nlohmann::json as_json(const Findings& findings) {
    nlohmann::json checks = nlohmann::json::array();
    for (const Finding& finding : findings.all()) {
        checks.push_back({{"check", finding.check},
                          {"result", health_name(finding.health)},
                          {"text", to_utf8(finding.text)},
                          {"advice", finding.advice.empty() ? nlohmann::json()
                                                            : nlohmann::json(to_utf8(finding.advice))}});
    }
    return {{"worst", health_name(findings.worst())}, {"checks", std::move(checks)}};
}

void print(const Console& console, const Finding& finding) {
    const std::string name(health_name(finding.health));
    console.out << console.paint(name, colour_of(finding.health)) << std::string(9 - name.size(), ' ');
    constexpr std::size_t kIndent = 9;
    // The first word's width is on the line already.
    print_wrapped(console, log::one_line(finding.check + ": " + finding.text), kIndent, kIndent);
    if (!finding.advice.empty()) {
        console.out << std::string(kIndent, ' ');
        print_wrapped(console, log::one_line("-> " + finding.advice), kIndent + 3, kIndent);
    }
}

}  // namespace

Health Findings::worst() const {
    Health worst = Health::ok;
    for (const Finding& finding : all_) {
        worst = std::max(worst, finding.health);
    }
    return worst;
}

Exit doctor(const Options& options, const Console& console) {
    Findings findings;
    bool bad_configuration = false;
    Config config = default_config();
    try {
        config = configuration(options);
        findings.ok("configuration", configuration_source(options) + " can be read");
    } catch (const CommandError& error) {
        bad_configuration = true;
        findings.error("configuration", error.what(), "correct it; the rest is judged by the defaults");
    }
    const ServiceUser user = service_user(options);
    check_service(options, findings);
    check_folders(config, user, findings);
    check_disks(config, findings);
    check_kernel(config, options, findings);
    check_devices(config, findings);
    check_model(config, user, findings);
    if (options.json) {
        print_json(console, as_json(findings));
    } else {
        for (const Finding& finding : findings.all()) {
            print(console, finding);
        }
    }
    if (bad_configuration) {
        return Exit::usage;
    }
    return findings.worst() == Health::error ? Exit::failed : Exit::done;
}

}  // namespace hrn::ctl
