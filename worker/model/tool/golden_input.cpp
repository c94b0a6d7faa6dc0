#include "worker/model/tool/golden_input.hpp"

#include <regex>
#include <sstream>

#include "worker/model/array.hpp"
#include "worker/model/synthetic_numbers.hpp"

namespace hrn::model::tool {
namespace {

constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;

std::vector<std::int64_t> parse_shape(const std::string& text) {
    std::vector<std::int64_t> shape;
    std::istringstream in(text);
    std::int64_t count = 1;
    for (std::string part; std::getline(in, part, ',');) {
        if (part.find_first_not_of(' ') == std::string::npos) {
            continue;  // the comma of a tuple of one
        }
        shape.push_back(std::stoll(part));
        if (shape.back() < 1 || __builtin_mul_overflow(count, shape.back(), &count) || count > kMaxElements) {
            throw ModelError("its shape is impossible");
        }
    }
    return shape;
}

}  // namespace

GoldenValue make_input(const std::string& text) {
    static const std::regex form(
        R"(\s*synth\.tensor\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]\s*,)"
        R"(\s*\(([0-9, ]*)\)\s*,\s*([-+.0-9eE]+)\s*,\s*([-+.0-9eE]+)\s*(?:,\s*(?:seed\s*=\s*)?([0-9]+)\s*)?\)\s*)");
    std::smatch match;
    if (!std::regex_match(text, match, form)) {
        throw ModelError("the input \"" + text.substr(0, 80) + "\" is not a call of synth.tensor");
    }
    try {
        GoldenValue value;
        value.shape = parse_shape(match[3]);
        std::int64_t count = 1;
        for (const auto n : value.shape) {
            count *= n;
        }
        const std::uint64_t seed = match[6].matched ? std::stoull(match[6]) : default_seed;
        const auto numbers = synthetic_tensor(match[1].str(), match[2].str(), count, std::stod(match[4]),
                                              std::stod(match[5]), seed);
        value.numbers.assign(numbers.begin(), numbers.end());
        return value;
    } catch (const std::exception& error) {
        throw ModelError("the input \"" + text.substr(0, 80) + "\" cannot be made: " + error.what());
    }
}

}  // namespace hrn::model::tool
