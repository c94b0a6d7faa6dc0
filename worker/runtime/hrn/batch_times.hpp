// Where the time of a batch went, for the log at level debug: what `hrn-ctl stats` calls infer, in its parts.
//
// Plain values of the thread that works on the batch.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

namespace hrn::runtime {

class Stopwatch {
public:
    // Seconds since the last lap, or since this object was made.
    double lap() {
        const auto now = std::chrono::steady_clock::now();
        const std::chrono::duration<double> passed = now - last_;
        last_ = now;
        return passed.count();
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// In seconds.
struct BatchTimes {
    double front_end = 0;
    double turn = 0;         // waited for another batch's core
    double core = 0;         // by the clock
    double core_stages = 0;  // as the device tells them
    double results = 0;      // taking apart what came out
};

inline std::string milliseconds_text(double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", 1000 * seconds);
    return text;
}

}  // namespace hrn::runtime
