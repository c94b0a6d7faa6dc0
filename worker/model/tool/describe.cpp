#include "worker/model/tool/describe.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "worker/model/array.hpp"
#include "worker/model/fit_check.hpp"
#include "worker/model/tool/table.hpp"

namespace hrn::model::tool {

using nlohmann::ordered_json;

namespace {

std::string coefficients_text(const ModelDirectory& directory) {
    try {
        return directory.coefficients_from_landmarks() ? "landmarks" : "network";
    } catch (const ModelError&) {
        return "unknown";  // pytorch_model.pt is broken: its row says how
    }
}

std::string megabytes(std::uint64_t bytes) {
    std::ostringstream out;
    out.precision(1);
    out << std::fixed << static_cast<double>(bytes) / 1e6;
    return out.str();
}

}  // namespace

ordered_json describe(const ModelDirectory& directory) {
    ordered_json out;
    out["directory"] = directory.path().string();
    out["id"] = directory.id();
    out["profile"] = directory.profile();
    out["seed"] = directory.seed() ? ordered_json(*directory.seed()) : ordered_json(nullptr);
    out["coefficients"] = coefficients_text(directory);
    out["front_end"] = directory.auto_uses_official_front() ? "hrn" : "dlib";
    out["mask"] = directory.has(file::segmentation) ? "segmentation" : "hull";
    out["complete"] = directory.core_complete();
    out["problems"] = ordered_json::array();
    out["files"] = ordered_json::array();
    for (const auto& entry : directory.files()) {
        out["files"].push_back({{"name", entry.name},
                                {"purpose", entry.purpose},
                                {"present", entry.present},
                                {"bytes", entry.bytes}});
    }
    out["networks"] = ordered_json::array();
    for (const auto& row : check_fit(directory)) {
        auto& problems = out["problems"];  // one broken file breaks several networks
        if (row.present && !row.fits &&
            std::find(problems.begin(), problems.end(), row.problem) == problems.end()) {
            problems.push_back(row.problem);
        }
        if (row.parameters > 0) {
            out["networks"].push_back({{"file", row.file},
                                       {"name", row.what},
                                       {"parameters", row.parameters},
                                       {"bytes", row.bytes},
                                       {"fits", row.fits}});
        }
    }
    return out;
}

std::string describe_text(const ordered_json& description) {
    std::ostringstream out;
    out << description["directory"].get<std::string>() << "\n  model " << description["id"].get<std::string>()
        << ", profile " << description["profile"].get<std::string>();
    if (!description["seed"].is_null()) {
        out << ", seed " << description["seed"];
    }
    out << "\n\n";
    Table files({"file", "MB", "purpose"}, {Align::left, Align::right, Align::left});
    for (const auto& row : description["files"]) {
        files.add({row["name"], row["present"] ? megabytes(row["bytes"]) : "missing", row["purpose"]});
    }
    out << files.text() << "\n";
    Table networks({"network", "parameters", "MB", "keys and shapes"},
                   {Align::left, Align::right, Align::right, Align::left});
    for (const auto& row : description["networks"]) {
        networks.add({row["name"], row["parameters"].dump(), megabytes(row["bytes"]),
                      row["fits"] ? "fit" : "do not fit"});
    }
    out << networks.text() << "\n";
    out << "coefficients from:          " << description["coefficients"].get<std::string>() << "\n"
        << "front end, if \"auto\":       " << description["front_end"].get<std::string>() << "\n"
        << "face mask from:             " << description["mask"].get<std::string>() << "\n"
        << "core complete:              " << (description["complete"] ? "yes" : "no") << "\n";
    for (const auto& problem : description["problems"]) {
        out << "problem: " << problem.get<std::string>() << "\n";
    }
    return out.str();
}

}  // namespace hrn::model::tool
