#include "worker/model/tool/golden_run.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "worker/hrn/face_error.hpp"
#include "worker/model/npy_file.hpp"
#include "worker/model/tool/golden_bounds.hpp"
#include "worker/model/tool/golden_input.hpp"

namespace hrn::model::tool {
namespace {

GoldenValue load(const Manifest& manifest, const GoldenArray& entry) {
    if (!entry.whole()) {
        throw ModelError(entry.key + " is needed as an input but is not stored whole");
    }
    const auto array = read_npy(manifest.folder / entry.file);
    return {array.shape, array.to_doubles()};
}

// LibTorch appends a stack trace to its messages.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

// The arrays of one stage of one case, and what they are computed with.
class StageRun {
public:
    StageRun(const Manifest& manifest, const std::string& of_case, const std::string& stage,
             const RunOptions& options)
        : manifest_(manifest), case_(of_case), stage_(stage), options_(options) {
        for (const auto& entry : manifest.arrays) {
            if (entry.of_case == of_case && entry.stage == stage) {
                entries_.push_back(&entry);
            }
        }
    }

    void run(const std::vector<Provider>& providers, std::vector<Row>& rows) {
        try {
            stages_ = &provider(providers);
        } catch (const std::exception& error) {
            for (const auto* entry : entries_) {
                if (!entry->given) {
                    rows.push_back(failed(*entry, false, error.what()));
                }
            }
            return;
        }
        for (const auto* entry : entries_) {
            if (entry->given) {
                continue;
            }
            if (entry->tolerance && !options_.reduced_precision) {
                rows.push_back(alone(*entry));
            }
            if (entry->chain) {
                rows.push_back(chain(*entry));
            } else if (options_.reduced_precision) {
                rows.push_back(alone(*entry));
            }
        }
    }

private:
    [[nodiscard]] GoldenStages& provider(const std::vector<Provider>& providers) const {
        std::string problems;
        for (const auto& provider : providers) {
            if (provider.stages != nullptr && provider.stages->knows(stage_)) {
                return *provider.stages;
            }
            if (!provider.problem.empty()) {
                problems += "; " + provider.name + ": " + provider.problem;
            }
        }
        throw ModelError("nothing here computes stage " + stage_ + problems);
    }

    [[nodiscard]] const std::string& notes() const { return manifest_.cases.at(case_).notes; }

    // Those, and what the manifest says about one array.
    [[nodiscard]] std::string notes_of(const GoldenArray& entry) const {
        auto json = nlohmann::ordered_json::parse(notes());
        json["array_note"] = entry.note;
        return json.dump();
    }

    [[nodiscard]] const GoldenArray& find(const std::string& name) const {
        for (const auto* entry : entries_) {
            if (entry->name == name) {
                return *entry;
            }
        }
        throw ModelError("it is computed from " + name + ", which stage " + stage_ + " does not have");
    }

    const GoldenValues& given() {
        if (!given_) {
            GoldenValues values;
            for (const auto* entry : entries_) {
                if (entry->given) {
                    values.emplace(entry->name, load(manifest_, *entry));
                }
            }
            // Those of the other stages of the case, by stage and name (worker/hrn/golden.hpp).
            for (const auto& entry : manifest_.arrays) {
                if (entry.of_case == case_ && entry.stage != stage_ && entry.given && entry.whole()) {
                    values.emplace(entry.stage + "." + entry.name, load(manifest_, entry));
                }
            }
            given_ = std::move(values);
        }
        return *given_;
    }

    // The whole stage is run once; if that fails, every row that needs it says why.
    const GoldenValues& whole_run() {
        if (!whole_ && whole_problem_.empty()) {
            try {
                whole_ = stages_->run(stage_, given(), notes());
            } catch (const std::exception& error) {
                whole_problem_ = error.what();
            }
        }
        if (!whole_) {
            throw ModelError(whole_problem_);
        }
        return *whole_;
    }

    // An input that is stored in part is computed from its own inputs, as it is when it is judged itself.
    GoldenValue input(const GoldenArray& entry) {
        if (entry.whole() || !entry.computed_from) {
            return load(manifest_, entry);
        }
        if (!under_way_.insert(entry.name).second) {
            throw ModelError(entry.key + " is computed from itself");
        }
        try {
            GoldenValue value = compute(entry, false);
            under_way_.erase(entry.name);
            return value;
        } catch (...) {
            under_way_.erase(entry.name);
            throw;
        }
    }

    GoldenValue compute(const GoldenArray& entry, bool as_chain) {
        if (!as_chain && entry.input) {
            return stages_->compute(stage_, entry.name, {{"input", make_input(*entry.input)}}, notes());
        }
        if (!as_chain && entry.computed_from) {
            GoldenValues inputs;
            for (const auto& name : *entry.computed_from) {
                inputs.emplace(name, input(find(name)));
            }
            return stages_->compute(stage_, entry.name, inputs, notes());
        }
        const auto& values = whole_run();
        const auto found = values.find(entry.name);
        return found != values.end() ? found->second
                                     : stages_->compute(stage_, entry.name, given(), notes_of(entry));
    }

    // What a list of indices by falling score is ordered by: the stage's own `scores`, whose tolerance says
    // how far either may be off.
    std::optional<Ranking> ranking_for(const GoldenArray& entry) {
        if (!entry.neighbours_may_swap()) {
            return std::nullopt;
        }
        const auto& tolerance = find("scores").tolerance;
        return Ranking{whole_run().at("scores").numbers, tolerance ? 2 * tolerance->abs.value_or(0) : 0};
    }

    Row judge(const GoldenArray& entry, bool as_chain, const std::optional<Tolerance>& tolerance) {
        Row row{case_, stage_, entry.name, as_chain, entry.full_shape, {}, tolerance, Verdict::failed};
        try {
            const auto want = read_npy(manifest_.folder / entry.file);
            const GoldenValue got = compute(entry, as_chain);
            const std::optional<Ranking> ranking = ranking_for(entry);
            row.comparison =
                compare(entry, want, got, tolerance ? &*tolerance : nullptr, ranking ? &*ranking : nullptr);
            row.verdict = row.comparison.ok ? Verdict::ok : Verdict::failed;
            // Without a bound a list may have another length too: what is near a threshold falls either way.
            if (!tolerance) {
                row.verdict = Verdict::not_judged;
            }
        } catch (const FaceFailure& failure) {
            // A statement about the photo, which rounding may turn: it has no bound of its own.
            row.comparison.problem = failure.what();
            row.verdict = tolerance ? Verdict::failed : Verdict::not_judged;
        } catch (const std::exception& error) {
            row.comparison.problem = first_line(error.what());
        }
        return row;
    }

    Row alone(const GoldenArray& entry) {
        return options_.reduced_precision ? judge(entry, false, std::nullopt)
                                          : judge(entry, false, entry.tolerance);
    }

    Row chain(const GoldenArray& entry) {
        if (!options_.reduced_precision) {
            return judge(entry, true, entry.chain);
        }
        auto row = judge(entry, true, std::nullopt);
        apply_reduced_bounds(row);
        return row;
    }

    Row failed(const GoldenArray& entry, bool as_chain, const std::string& problem) const {
        Row row{case_, stage_, entry.name, as_chain, entry.full_shape, {}, entry.tolerance, Verdict::failed};
        row.comparison.problem = problem;
        return row;
    }

    const Manifest& manifest_;
    std::string case_, stage_;
    const RunOptions& options_;
    std::vector<const GoldenArray*> entries_;
    GoldenStages* stages_ = nullptr;
    std::optional<GoldenValues> given_;
    std::optional<GoldenValues> whole_;
    std::string whole_problem_;
    std::set<std::string> under_way_;  // inputs that are being computed
};

std::string why_skipped(const GoldenCase& of_case, const RunOptions& options) {
    if (!options.seed) {
        return options.why_no_seed;
    }
    if (!of_case.seed) {
        return "it names no seed";
    }
    return of_case.seed == options.seed ? "" : "it is of seed " + std::to_string(*of_case.seed);
}

}  // namespace

bool GoldenReport::ok() const {
    return !rows.empty() && count(Verdict::failed) == 0;
}

std::size_t GoldenReport::count(Verdict verdict) const {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.verdict == verdict; }));
}

GoldenReport run_golden(const Manifest& manifest, const std::vector<Provider>& providers,
                        const RunOptions& options) {
    GoldenReport report;
    for (const auto& [name, of_case] : manifest.cases) {
        if (auto reason = why_skipped(of_case, options); !reason.empty()) {
            report.skipped.push_back({name, std::move(reason)});
            continue;
        }
        report.cases.push_back(name);
        std::set<std::string> seen;
        for (const auto& entry : manifest.arrays) {
            if (entry.of_case == name && seen.insert(entry.stage).second) {
                StageRun(manifest, name, entry.stage, options).run(providers, report.rows);
            }
        }
    }
    return report;
}

}  // namespace hrn::model::tool
