#include "worker/model/tool/golden_manifest.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "worker/model/array.hpp"

namespace hrn::model::tool {
namespace {

using nlohmann::ordered_json;

constexpr const char* kFormat = "hrn-golden-1";

template <class T>
std::optional<T> optional(const ordered_json& entry, const char* key) {
    const auto found = entry.find(key);
    return found == entry.end() || found->is_null() ? std::nullopt : std::optional<T>(found->get<T>());
}

std::optional<Tolerance> tolerance(const ordered_json& entry, const char* key) {
    const auto found = entry.find(key);
    if (found == entry.end() || found->is_null()) {
        return std::nullopt;
    }
    Tolerance out{optional<double>(*found, "abs"), optional<double>(*found, "rel"),
                  optional<double>(*found, "mean_abs"), optional<double>(*found, "p999_abs")};
    if (!out.abs && !out.rel && !out.mean_abs && !out.p999_abs) {
        throw ModelError(std::string(key) + " bounds nothing");
    }
    return out;
}

// A file of the folder, and of no other.
std::string safe_name(const std::string& name) {
    const std::filesystem::path path(name);
    if (name.empty() || path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end()) {
        throw ModelError("the file name \"" + name + "\" leads out of the folder");
    }
    return name;
}

GoldenArray read_array(const std::string& key, const ordered_json& entry) {
    GoldenArray out;
    out.key = key;
    out.file = safe_name(entry.at("file").get<std::string>());
    out.of_case = entry.at("case").get<std::string>();
    out.stage = entry.at("stage").get<std::string>();
    out.name = entry.at("name").get<std::string>();
    out.dtype = entry.at("dtype").get<std::string>();
    out.full_shape = entry.at("full_shape").get<std::vector<std::int64_t>>();
    const auto role = entry.at("role").get<std::string>();
    if (role != "given" && role != "want") {
        throw ModelError("its role is neither \"given\" nor \"want\"");
    }
    out.given = role == "given";
    out.stride = optional<std::vector<std::int64_t>>(entry, "stride").value_or(std::vector<std::int64_t>{});
    if (out.stride.size() > out.full_shape.size()) {
        throw ModelError("it has more strides than axes");
    }
    out.stride.resize(out.full_shape.size(), 1);
    out.flat_stride = optional<std::int64_t>(entry, "flat_stride");
    const auto bad = [](std::int64_t n) { return n < 1; };
    if (std::any_of(out.stride.begin(), out.stride.end(), bad) || (out.flat_stride && *out.flat_stride < 1) ||
        std::any_of(out.full_shape.begin(), out.full_shape.end(), [](std::int64_t n) { return n < 0; })) {
        throw ModelError("its shape or a stride is impossible");
    }
    out.tolerance = tolerance(entry, "tol");
    out.chain = tolerance(entry, "tol_chain");
    if (!out.given && !out.tolerance && !out.chain) {
        throw ModelError("it is wanted but has neither tol nor tol_chain");
    }
    out.computed_from = optional<std::vector<std::string>>(entry, "computed_from");
    out.input = optional<std::string>(entry, "input");
    out.sha256 = optional<std::string>(entry, "sha256");
    out.note = optional<std::string>(entry, "note").value_or("");
    if (const auto whole = entry.find("whole"); whole != entry.end() && whole->is_object()) {
        out.mean = optional<double>(*whole, "mean");
    }
    return out;
}

}  // namespace

bool GoldenArray::whole() const {
    return flat_stride.value_or(1) == 1 &&
           std::all_of(stride.begin(), stride.end(), [](std::int64_t n) { return n == 1; });
}

bool GoldenArray::neighbours_may_swap() const {
    return note.find("may swap") != std::string::npos;
}

Manifest read_manifest(const std::filesystem::path& folder) {
    const auto path = folder / "manifest.json";
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        throw ModelError(path.string() + ": cannot be read; a golden folder has a manifest.json");
    }
    Manifest out;
    out.folder = folder;
    std::string where;
    try {
        const auto json = ordered_json::parse(in);
        if (json.value("format", "") != kFormat) {
            throw ModelError(std::string("its format is not ") + kFormat);
        }
        for (const auto& [name, entry] : json.at("cases").items()) {
            where = " case " + name + ":";
            out.cases[name] = {optional<std::uint64_t>(entry, "seed"), entry.dump()};
        }
        for (const auto& [key, entry] : json.at("arrays").items()) {
            where = " array " + key + ":";
            out.arrays.push_back(read_array(key, entry));
            if (!out.cases.contains(out.arrays.back().of_case)) {
                throw ModelError("its case " + out.arrays.back().of_case + " is not among the cases");
            }
        }
    } catch (const std::exception& error) {
        throw ModelError(path.string() + ":" + where + " " + error.what());
    }
    return out;
}

}  // namespace hrn::model::tool
