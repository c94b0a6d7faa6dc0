// Conditions that `status` lists until they end. A key names one condition ("device_down:2"); the code that
// scripts see is what stands before its colon. Loop thread; pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace hrn::supervisor {

// Codes that more than one file sets or ends.
inline constexpr const char* kGpusUnknown = "gpus_unknown";

struct Problem {
    std::string code, text;
    std::int64_t since_ms = 0;  // unix milliseconds
};

class Problems {
public:
    // Called when a problem begins or ends.
    using Changed = std::function<void(const Problem& problem, bool begins)>;
    explicit Problems(Changed changed) : changed_(std::move(changed)) {}

    // Begins, or changes the text of one that goes on.
    void set(const std::string& key, const std::string& text, std::int64_t now_ms) {
        Problem& problem = problems_[key];
        problem.text = text;
        if (problem.code.empty()) {
            problem.code = key.substr(0, key.find(':'));
            problem.since_ms = now_ms;
            changed_(problem, true);
        }
    }
    void clear(const std::string& key) {
        const auto found = problems_.find(key);
        if (found != problems_.end()) {
            const Problem ended = found->second;
            problems_.erase(found);
            changed_(ended, false);
        }
    }
    [[nodiscard]] bool contains(const std::string& key) const { return problems_.contains(key); }
    [[nodiscard]] const std::map<std::string, Problem>& all() const { return problems_; }

private:
    Changed changed_;
    std::map<std::string, Problem> problems_;
};

}  // namespace hrn::supervisor
