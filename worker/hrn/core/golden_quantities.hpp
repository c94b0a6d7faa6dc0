// The core's quantities by their names in a golden manifest, computed on demand: each is a row of one table
// that says how it lies in an array and how it follows from others.
//
// Owned and called by one thread. std::invalid_argument for a name that is not known or an input that is
// missing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "worker/hrn/core/core_networks.hpp"
#include "worker/hrn/core/face_model.hpp"
#include "worker/hrn/core/operations.hpp"
#include "worker/hrn/core/vec3.hpp"
#include "worker/hrn/golden.hpp"

namespace hrn::core {

// What is constant while a golden folder is checked.
struct GoldenTools {
    const FaceModel* model;
    const CoreNetworks* networks;
    Operations* operations;  // of the CPU or of the device
};

class GoldenQuantities {
public:
    // given: arrays by name; each is used instead of computing it.
    GoldenQuantities(const GoldenTools& tools, const GoldenValues& given);
    [[nodiscard]] GoldenValue value(const std::string& name);
    [[nodiscard]] static std::vector<std::string> names();  // of everything that can be computed

    // For the table's rows.
    const Map& map(const std::string& name);
    Points points(const std::string& name) { return to_points_of(map(name)); }
    Coefficients coefficients();
    Pose pose();
    ByteImage image(const std::string& name);  // an input of the case
    const View& final_view();
    void run_fit();  // leaves its quantities in the cache
    [[nodiscard]] const FaceModel& model() const { return *tools_.model; }
    [[nodiscard]] const CoreNetworks& networks() const { return *tools_.networks; }
    [[nodiscard]] Operations& operations() const { return *tools_.operations; }

private:
    static Points to_points_of(const Map& map);
    GoldenTools tools_;
    const GoldenValues* given_;
    std::map<std::string, Map> known_;
    std::unique_ptr<View> view_;
};

}  // namespace hrn::core
