// A made-up golden folder for the tests of verify: entries are added one by one, files are written beside.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/unit/model/scratch_folder.hpp"
#include "worker/model/npy_writer.hpp"
#include "worker/model/tensor_table.hpp"

namespace hrn::model::tool {

class GoldenFolder {
public:
    GoldenFolder() { json_["format"] = "hrn-golden-1"; }

    void add_case(const std::string& name, const nlohmann::ordered_json& entry) {
        json_["cases"][name] = entry;
    }

    // A float32 array of CASE.STAGE.NAME; `more` is merged into its entry.
    void add(const std::string& key, const std::string& role, const std::vector<float>& numbers,
             const nlohmann::ordered_json& more = {}) {
        const auto first = key.find('.');
        const auto second = key.find('.', first + 1);
        nlohmann::ordered_json entry{{"file", key + ".npy"},
                                     {"case", key.substr(0, first)},
                                     {"stage", key.substr(first + 1, second - first - 1)},
                                     {"name", key.substr(second + 1)},
                                     {"role", role},
                                     {"dtype", "float32"},
                                     {"full_shape", {numbers.size()}}};
        if (!more.is_null()) {
            entry.update(more);
        }
        json_["arrays"][key] = entry;
        write_npy(path() / (key + ".npy"), array_of(numbers, {static_cast<std::int64_t>(numbers.size())}));
    }

    // Writes the manifest; call after the last change.
    const std::filesystem::path& finish() const {
        scratch_.write("manifest.json", json_.dump());
        return scratch_.path();
    }
    nlohmann::ordered_json& json() { return json_; }
    [[nodiscard]] const std::filesystem::path& path() const { return scratch_.path(); }

private:
    ScratchFolder scratch_;
    nlohmann::ordered_json json_;
};

}  // namespace hrn::model::tool
