#include "worker/model/tool/golden_compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

#include "shared/sha256.hpp"

namespace hrn::model::tool {
namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

std::vector<std::int64_t> sampled_shape(const GoldenArray& entry) {
    if (entry.flat_stride) {
        std::int64_t count = 1;
        for (const auto n : entry.full_shape) {
            count *= n;
        }
        return {divide_up(count, *entry.flat_stride)};
    }
    std::vector<std::int64_t> shape;
    for (std::size_t axis = 0; axis < entry.full_shape.size(); ++axis) {
        shape.push_back(divide_up(entry.full_shape[axis], entry.stride[axis]));
    }
    return shape;
}

// The elements of the whole that the file holds, in its order.
std::vector<double> sample(const GoldenArray& entry, const std::vector<double>& whole) {
    std::vector<double> out;
    if (entry.flat_stride) {
        for (std::size_t i = 0; i < whole.size(); i += static_cast<std::size_t>(*entry.flat_stride)) {
            out.push_back(whole[i]);
        }
        return out;
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto rest = static_cast<std::int64_t>(i);
        bool taken = true;
        for (std::size_t axis = entry.full_shape.size(); axis-- > 0;) {
            taken = taken && (rest % entry.full_shape[axis]) % entry.stride[axis] == 0;
            rest /= entry.full_shape[axis];
        }
        if (taken) {
            out.push_back(whole[i]);
        }
    }
    return out;
}

double difference(double got, double want) {
    if (std::isnan(got) || std::isnan(want)) {
        return std::isnan(got) && std::isnan(want) ? 0.0 : std::numeric_limits<double>::infinity();
    }
    return got == want ? 0.0 : std::abs(got - want);
}

// numpy's quantile: linear between neighbours.
double quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    const double at = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const auto above = std::min(below + 1, values.size() - 1);
    const double part = at - static_cast<double>(below);
    return part == 0.0 ? values[below] : values[below] + (values[above] - values[below]) * part;
}

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double x : values) {
        sum += x;
    }
    return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

bool within(const Tolerance& tolerance, const Comparison& result, const std::vector<double>& errors,
            const std::vector<double>& want) {
    if (tolerance.abs || tolerance.rel) {
        for (std::size_t i = 0; i < errors.size(); ++i) {
            // Negated, so that a NaN in a tolerance fails.
            if (!(errors[i] <= tolerance.abs.value_or(0) + tolerance.rel.value_or(0) * std::abs(want[i]))) {
                return false;
            }
        }
    }
    return (!tolerance.mean_abs || result.mean_abs <= *tolerance.mean_abs) &&
           (!tolerance.p999_abs || result.p999_abs <= *tolerance.p999_abs);
}

// What a mean over the whole may differ by if every element keeps the tolerance.
double mean_bound(const Tolerance& tolerance, const std::vector<double>& whole) {
    double largest = 0;
    for (const double x : whole) {
        largest = std::max(largest, std::abs(x));
    }
    const double elementwise = tolerance.abs.value_or(0) + tolerance.rel.value_or(0) * largest;
    // The stated mean has been rounded and summed in another order.
    return tolerance.mean_abs.value_or(elementwise) + 1e-9 * largest + 1e-12;
}

bool are_close(double one, double other, const Ranking& ranking) {
    const auto count = static_cast<double>(ranking.scores.size());
    if (!(one >= 0 && one < count && other >= 0 && other < count)) {
        return false;
    }
    const double gap =
        ranking.scores[static_cast<std::size_t>(one)] - ranking.scores[static_cast<std::size_t>(other)];
    return std::abs(gap) <= ranking.close;
}

// Puts neighbours that are swapped back into the wanted order.
void swap_back(std::vector<double>& got, const std::vector<double>& want, const Ranking& ranking) {
    for (std::size_t i = 0; i + 1 < got.size(); ++i) {
        if (got[i] != want[i] && got[i] == want[i + 1] && got[i + 1] == want[i] &&
            are_close(got[i], got[i + 1], ranking)) {
            std::swap(got[i], got[i + 1]);
        }
    }
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

template <class T>
std::string hash_as(const GoldenValue& value) {
    std::vector<T> elements;
    elements.reserve(value.numbers.size());
    for (const double x : value.numbers) {
        elements.push_back(static_cast<T>(x));
    }
    return hrn::sha256_hex(std::as_bytes(std::span(elements)));
}

}  // namespace

std::string hash_of(const GoldenValue& value, const std::string& dtype) {
    if (dtype == "uint8" || dtype == "bool") {
        return hash_as<std::uint8_t>(value);
    }
    if (dtype == "int32") {
        return hash_as<std::int32_t>(value);
    }
    if (dtype == "int64") {
        return hash_as<std::int64_t>(value);
    }
    if (dtype == "float32") {
        return hash_as<float>(value);
    }
    if (dtype == "float64") {
        return hash_as<double>(value);
    }
    throw ModelError("no hash is known for elements of type " + dtype);
}

Comparison compare(const GoldenArray& entry, const Array& want, const GoldenValue& got,
                   const Tolerance* tolerance, const Ranking* ranking) {
    Comparison out;
    const auto stored = sampled_shape(entry);
    if (want.shape != stored) {
        out.problem =
            entry.file + " has shape " + shape_text(want.shape) + ", the manifest says " + shape_text(stored);
        return out;
    }
    std::int64_t count = 1;
    for (const auto n : entry.full_shape) {
        count *= n;
    }
    if (got.shape != entry.full_shape || static_cast<std::int64_t>(got.numbers.size()) != count) {
        out.problem =
            "computed shape is " + shape_text(got.shape) + ", expected " + shape_text(entry.full_shape);
        return out;
    }
    const auto wanted = want.to_doubles();
    auto sampled = sample(entry, got.numbers);
    if (ranking != nullptr && entry.neighbours_may_swap() && entry.whole()) {
        swap_back(sampled, wanted, *ranking);
    }
    std::vector<double> errors(wanted.size());
    std::transform(sampled.begin(), sampled.end(), wanted.begin(), errors.begin(), difference);
    out.compared = true;
    if (!errors.empty()) {
        out.max_abs = *std::max_element(errors.begin(), errors.end());
        out.mean_abs = mean(errors);
        out.p999_abs = quantile(errors, 0.999);
    }
    if (tolerance == nullptr) {
        out.ok = true;
        return out;
    }
    out.ok = within(*tolerance, out, errors, wanted);
    if (out.ok && entry.sha256 && hash_of(got, entry.dtype) != *entry.sha256) {
        out.ok = false;
        out.problem = "the samples agree but the whole array's SHA-256 differs";
    } else if (out.ok && entry.mean &&
               !(difference(mean(got.numbers), *entry.mean) <= mean_bound(*tolerance, got.numbers))) {
        out.ok = false;
        out.problem = "the samples agree but the whole array's mean is " + number(mean(got.numbers)) +
                      ", expected " + number(*entry.mean);
    }
    return out;
}

std::string tolerance_text(const Tolerance& tolerance) {
    std::string out;
    if (tolerance.abs || tolerance.rel) {
        const double abs = tolerance.abs.value_or(0);
        const double rel = tolerance.rel.value_or(0);
        out = abs == 0 && rel == 0 ? "equal" : number(abs);
        if (rel != 0) {
            out += " + " + number(rel) + " rel";
        }
    }
    if (tolerance.mean_abs) {
        out += (out.empty() ? "" : ", ") + ("mean " + number(*tolerance.mean_abs));
    }
    if (tolerance.p999_abs) {
        out += (out.empty() ? "" : ", ") + ("p99.9 " + number(*tolerance.p999_abs));
    }
    return out;
}

}  // namespace hrn::model::tool
