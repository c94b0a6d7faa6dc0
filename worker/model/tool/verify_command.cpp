#include "worker/model/tool/verify_command.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "worker/model/fit_check.hpp"
#include "worker/model/tool/golden_providers.hpp"
#include "worker/model/tool/load_check.hpp"
#include "worker/model/tool/verify_report.hpp"

namespace hrn::model::tool {
namespace {

RunOptions run_options(const ModelDirectory& directory, const VerifyOptions& options) {
    RunOptions out;
    if (directory.profile() == "test") {
        out.seed = directory.seed();
    } else {
        out.why_no_seed = directory.profile() == "demo"
                              ? "it is of a test model; a demo model has other weights"
                              : "it is of a synthetic model; this directory is none";
    }
    out.reduced_precision = options.precision != "fp32";
    return out;
}

int verify_files(const ModelDirectory& directory, const VerifyOptions& options) {
    auto results = check_fit(directory);
    check_loading(directory, results);
    const VerifyFacts facts{options.directory, directory.id(), "", "", ""};
    if (options.json) {
        std::cout << fit_json(facts, results).dump(2) << "\n";
    } else {
        std::cout << fit_text(facts, results);
    }
    return fits(results) ? 0 : 1;
}

int verify_golden(const ModelDirectory& directory, const VerifyOptions& options) {
    const auto manifest = read_manifest(options.golden);
    const auto run = run_options(directory, options);
    const bool any = std::any_of(manifest.cases.begin(), manifest.cases.end(),
                                 [&](const auto& c) { return run.seed && c.second.seed == run.seed; });
    std::vector<Provider> providers;
    if (any) {  // loading the networks takes seconds
        const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
        providers = make_providers(directory, options.device, options.precision, threads, options.golden);
    }
    const auto report = run_golden(manifest, providers, run);
    const VerifyFacts facts{options.directory, directory.id(), options.golden, options.device,
                            options.precision};
    if (options.json) {
        std::cout << golden_json(facts, report).dump(2) << "\n";
    } else {
        std::cout << golden_text(facts, report);
    }
    return report.ok() ? 0 : 1;
}

}  // namespace

int run_verify(const VerifyOptions& options) {
    const ModelDirectory directory(options.directory);
    return options.golden.empty() ? verify_files(directory, options) : verify_golden(directory, options);
}

}  // namespace hrn::model::tool
