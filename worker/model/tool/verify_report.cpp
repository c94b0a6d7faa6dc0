#include "worker/model/tool/verify_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "worker/model/array.hpp"
#include "worker/model/tool/table.hpp"

namespace hrn::model::tool {

using nlohmann::ordered_json;

namespace {

std::string number(const Comparison& comparison, double value) {
    if (!comparison.compared) {
        return "-";
    }
    char text[32];
    std::snprintf(text, sizeof text, value == 0 ? "%g" : "%.2e", value);
    return text;
}

// JSON has no infinity; a difference to NaN is one.
ordered_json json_number(const Comparison& comparison, double value) {
    return comparison.compared && std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

std::string mode(const Row& row) {
    return row.chain ? "chain" : "alone";
}

std::string verdict_text(Verdict verdict) {
    switch (verdict) {
        case Verdict::ok:
            return "ok";
        case Verdict::failed:
            return "FAILED";
        case Verdict::not_judged:
            return "not judged";
    }
    return {};
}

std::string quantity(const Row& row) {
    return row.of_case + "." + row.stage + "." + row.name;
}

// Problems as lines, each text once: what one broken file breaks is many rows.
class Problems {
public:
    void add(const std::string& where, const std::string& text) {
        for (auto& known : problems_) {
            if (known.text == text) {
                ++known.more;
                return;
            }
        }
        problems_.push_back({where, text, 0});
    }
    [[nodiscard]] std::string lines() const {
        std::string out;
        for (const auto& problem : problems_) {
            out += "problem: " + problem.where;
            if (problem.more > 0) {
                out += " and " + std::to_string(problem.more) + " more";
            }
            out += ": " + problem.text + "\n";
        }
        return out;
    }

private:
    struct Problem {
        std::string where, text;
        int more;
    };
    std::vector<Problem> problems_;
};

std::string fit_word(const FitResult& result) {
    if (result.present) {
        return result.fits ? "fits" : result.tolerated ? "not usable" : "DOES NOT FIT";
    }
    return result.needed ? "MISSING" : "absent";
}

}  // namespace

bool fits(const std::vector<FitResult>& results) {
    return std::all_of(results.begin(), results.end(),
                       [](const FitResult& r) { return r.fits || r.tolerated || (!r.present && !r.needed); });
}

ordered_json fit_json(const VerifyFacts& facts, const std::vector<FitResult>& results) {
    ordered_json out{{"directory", facts.directory}, {"model", facts.model}, {"ok", fits(results)}};
    out["files"] = ordered_json::array();
    for (const auto& r : results) {
        out["files"].push_back({{"file", r.file},
                                {"what", r.what},
                                {"present", r.present},
                                {"needed", r.needed},
                                {"fits", r.fits},
                                {"problem", r.problem}});
    }
    return out;
}

std::string fit_text(const VerifyFacts& facts, const std::vector<FitResult>& results) {
    Table table({"file", "what", "keys and shapes"}, {Align::left, Align::left, Align::left});
    Problems problems;
    for (const auto& r : results) {
        table.add({r.file, r.what, fit_word(r)});
        if (!r.fits && (r.present || r.needed)) {
            problems.add(r.what, r.problem);
        }
    }
    return facts.directory + ": " + facts.model + "\n\n" + table.text() + "\n" + problems.lines() +
           (fits(results) ? "ok: every file that is needed loads and fits\n" : "FAILED\n");
}

ordered_json golden_json(const VerifyFacts& facts, const GoldenReport& report) {
    ordered_json out{{"directory", facts.directory}, {"model", facts.model},         {"golden", facts.golden},
                     {"device", facts.device},       {"precision", facts.precision}, {"ok", report.ok()},
                     {"cases", report.cases}};
    out["skipped"] = ordered_json::array();
    for (const auto& skipped : report.skipped) {
        out["skipped"].push_back({{"case", skipped.name}, {"reason", skipped.reason}});
    }
    out["rows"] = ordered_json::array();
    for (const auto& row : report.rows) {
        const auto& c = row.comparison;
        out["rows"].push_back(
            {{"case", row.of_case},
             {"stage", row.stage},
             {"name", row.name},
             {"mode", mode(row)},
             {"shape", row.shape},
             {"max_abs", json_number(c, c.max_abs)},
             {"mean_abs", json_number(c, c.mean_abs)},
             {"p999_abs", json_number(c, c.p999_abs)},
             {"tolerance",
              row.tolerance ? ordered_json(tolerance_text(*row.tolerance)) : ordered_json(nullptr)},
             {"ok", row.verdict == Verdict::not_judged ? ordered_json(nullptr)
                                                       : ordered_json(row.verdict == Verdict::ok)},
             {"problem", c.problem}});
    }
    return out;
}

std::string golden_text(const VerifyFacts& facts, const GoldenReport& report) {
    std::string out = facts.directory + ": " + facts.model + "\nagainst " + facts.golden + " on " +
                      facts.device + " in " + facts.precision + "\n\n";
    for (const auto& skipped : report.skipped) {
        out += "skipped: case " + skipped.name + ": " + skipped.reason + "\n";
    }
    if (report.cases.empty()) {
        return out + "FAILED: no case could run\n";
    }
    Table table({"quantity", "run", "shape", "max error", "mean error", "p99.9", "tolerance", "ok"},
                {Align::left, Align::left, Align::left, Align::right, Align::right, Align::right, Align::left,
                 Align::left});
    Problems problems;
    for (const auto& row : report.rows) {
        const auto& c = row.comparison;
        table.add({quantity(row), mode(row), shape_text(row.shape), number(c, c.max_abs),
                   number(c, c.mean_abs), number(c, c.p999_abs),
                   row.tolerance ? tolerance_text(*row.tolerance) : "-", verdict_text(row.verdict)});
        if (!c.problem.empty()) {
            problems.add(quantity(row) + " (" + mode(row) + ")", c.problem);
        }
    }
    out += table.text() + "\n" + problems.lines();
    const std::size_t ok = report.count(Verdict::ok);
    out += std::to_string(ok) + " ok, " + std::to_string(report.count(Verdict::failed)) + " failed, " +
           std::to_string(report.count(Verdict::not_judged)) + " not judged\n";
    if (!report.ok()) {
        return out + "FAILED\n";
    }
    return out + (ok > 0 ? "ok\n" : "ok: computed, but nothing here has a bound in this precision\n");
}

}  // namespace hrn::model::tool
