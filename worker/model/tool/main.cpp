// hrn-model: writes, describes and checks model directories (design.md 11, docs/model.md).
//
// Exit status: 0 done; 1 the model does not do what was asked; 2 usage. Errors are one line on stderr.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "worker/hrn/networks/onednn_check.hpp"
#include "worker/model/array.hpp"
#include "worker/model/model_directory.hpp"
#include "worker/model/synthesise.hpp"
#include "worker/model/tool/describe.hpp"
#include "worker/model/tool/verify_command.hpp"

namespace {

using namespace hrn::model;

int run_synthesise(const std::string& directory, const SynthesisOptions& options, bool if_needed) {
    if (!if_needed || !is_synthesised(directory, options)) {
        synthesise(directory, options);
    }
    std::cout << directory << ": " << ModelDirectory(directory).id() << "\n";
    return 0;
}

int run_describe(const std::string& directory, bool as_json) {
    const auto description = tool::describe(ModelDirectory(directory));
    if (as_json) {
        std::cout << description.dump(2) << "\n";
    } else {
        std::cout << tool::describe_text(description);
    }
    return description["complete"].get<bool>() && description["problems"].empty() ? 0 : 1;
}

int run(int argc, char** argv) {
    CLI::App app{"Writes, describes and checks HRN model directories."};
    app.require_subcommand(1);
    std::string directory;
    bool as_json = false;
    bool if_needed = false;
    SynthesisOptions synthesis;
    tool::VerifyOptions verification;

    auto* synth = app.add_subcommand("synthesise", "Write a whole model directory from a rule (630 MB)");
    synth->add_option("DIR", directory, "Where: absent, empty, or written by this command before")
        ->required();
    const std::map<std::string, Profile> profiles{{"test", Profile::test}, {"demo", Profile::demo}};
    synth->add_option("--profile", synthesis.profile, "test: the golden numbers' model; demo: fits landmarks")
        ->transform(CLI::CheckedTransformer(profiles));
    synth->add_option("--seed", synthesis.seed, "Another seed, another model")->capture_default_str();
    synth->add_option("--grid", synthesis.grid, "Vertices per side of the face")
        ->check(CLI::Range(8, 255))
        ->capture_default_str();

    synth->add_flag("--if-needed", if_needed, "Do nothing if DIR is this very model already");

    auto* describe = app.add_subcommand("describe", "Files, networks, what is missing");
    describe->add_option("DIR", directory, "A model directory")->required();
    describe->add_flag("--json", as_json, "One JSON document");

    auto* verify =
        app.add_subcommand("verify", "Every file loads and fits; with --golden, every stage computes");
    verify->add_option("DIR", verification.directory, "A model directory")->required();
    verify->add_option("--golden", verification.golden, "A folder of golden numbers (manifest.json)");
    verify->add_option("--device", verification.device, "cpu, cuda or cuda:N")->capture_default_str();
    verify->add_option("--precision", verification.precision, "Of the networks")
        ->check(CLI::IsMember({"fp32", "tf32", "fp16", "bf16"}))
        ->capture_default_str();
    verify->add_flag("--json", verification.json, "One JSON document");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (*synth) {
        return run_synthesise(directory, synthesis, if_needed);
    }
    if (*verify) {
        const bool computes = !verification.golden.empty() && verification.device == "cpu";
        if (computes && hrn::networks::avoid_broken_onednn()) {
            std::cerr << "hrn-model: oneDNN crashes on this processor and is limited to SSE 4.1: the CPU is "
                         "slower\n";
        }
        return tool::run_verify(verification);
    }
    return run_describe(directory, as_json);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "hrn-model: " << error.what() << "\n";
        return 1;
    }
}
