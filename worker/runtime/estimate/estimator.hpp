// What the role `estimate` does with an image: how dear will it be? (policy complexity,
// docs/design/scheduling.md) hrn-worker looks at the picture (image_estimator.hpp), hrn-worker-sim knows what
// it will pretend.
//
// Called on the estimator's only thread. What is wrong with an image is no error here: it gets the score of
// an unreadable one, and the worker that computes it will say what is wrong. Whatever else is thrown ends the
// process, which costs no task anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "shared/task_id.hpp"

namespace hrn::runtime {

struct ImageCost {
    std::uint64_t pixels = 0;  // 0: not known
    double score = 0;          // shared/complexity_score.hpp
    double work = 0;           // relative, above 0: the score, unless more is known
};

class Estimator {
public:
    virtual ~Estimator() = default;
    // How much of a file by_header() and by_image() want to see.
    [[nodiscard]] virtual std::size_t header_bytes() const = 0;
    [[nodiscard]] virtual std::size_t image_bytes() const { return ~std::size_t{0}; }
    // At once, from the file's beginning. `final`: looking at the image would not tell more.
    struct FirstLook {
        ImageCost cost;
        bool final = false;
    };
    [[nodiscard]] virtual FirstLook by_header(const TaskId& id, std::span<const std::byte> begin,
                                              std::uint64_t file_bytes) = 0;
    // From the whole file.
    [[nodiscard]] virtual ImageCost by_image(const TaskId& id, std::span<const std::byte> file) = 0;
};

}  // namespace hrn::runtime
