// What is known of a task's cost before it is computed: at once its bytes, a moment later its pixels (from
// the header), then the complexity score (shared/complexity_score.hpp). The supervisor looks into no image:
// all but the bytes comes from the process `--role estimate`. A value.
#pragma once

#include <cstdint>

namespace hrn::supervisor {

struct Estimate {
    enum class Level : std::uint8_t { bytes, header, image };
    Level level = Level::bytes;
    double megabytes = 0;
    double megapixels = 0;  // 0: not known yet
    double score = 0;       // of what is known
    double work = 0;  // what the estimator says it will take, relative; the score unless it knows better

    // From the file's size alone.
    [[nodiscard]] static Estimate of_bytes(std::uint64_t bytes);
};

}  // namespace hrn::supervisor
