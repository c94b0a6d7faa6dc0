#include "worker/runtime/batch_runner.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace hrn::runtime {

namespace {

enum class Trouble { none, memory, other };

}  // namespace

std::vector<Outcome> BatchRunner::run(std::span<Prepared* const> batch, const Step& step) {
    std::vector<Outcome> outcomes;
    outcomes.reserve(batch.size());
    for (std::size_t at = 0; at < batch.size();) {
        const std::size_t count = std::min(batch.size() - at, static_cast<std::size_t>(limit_));
        run_part(batch.subspan(at, count), step, outcomes);
        at += count;
    }
    grow_after(batch.size());
    return outcomes;
}

void BatchRunner::shrink_to(std::size_t images) {
    if (std::exchange(tried_more_, false)) {
        patience_ = std::min(4 * patience_, kMostPatience);
    }
    images_without_trouble_ = 0;
    limit_ = std::min(limit_, static_cast<int>(images));
}

void BatchRunner::grow_after(std::size_t images) {
    images_without_trouble_ += images;
    if (limit_ == most_ || images_without_trouble_ < patience_) {
        return;
    }
    limit_ = std::min(2 * limit_, most_);
    tried_more_ = true;
    images_without_trouble_ = 0;
}

void BatchRunner::run_part(std::span<Prepared* const> part, const Step& step,
                           std::vector<Outcome>& outcomes) {
    step();
    auto trouble = Trouble::none;
    TaskFailure failure;
    try {
        std::vector<Outcome> computed = work_.infer(part, step);
        if (computed.size() != part.size()) {
            throw std::logic_error("infer answered " + std::to_string(computed.size()) + " outcomes for " +
                                   std::to_string(part.size()) + " images");
        }
        for (Outcome& outcome : computed) {
            if (auto* failed = std::get_if<TaskFailure>(&outcome)) {
                failed->stage = Stage::infer;
            }
            outcomes.push_back(std::move(outcome));
        }
    } catch (const DeviceFatal&) {
        throw;
    } catch (const DeviceOutOfMemory&) {
        trouble = Trouble::memory;
        failure = failure_of_current_exception(Stage::infer);
    } catch (const std::bad_alloc&) {
        trouble = Trouble::memory;
        failure = failure_of_current_exception(Stage::infer);
    } catch (...) {
        trouble = Trouble::other;
        failure = failure_of_current_exception(Stage::infer);
    }
    if (trouble == Trouble::none) {
        return;
    }
    // Outside the handler: what the exception holds (buffers, tensors) is freed before the next try.
    if (part.size() == 1) {
        outcomes.emplace_back(std::move(failure));
        return;
    }
    if (trouble == Trouble::memory) {
        const std::size_t half = part.size() / 2;
        shrink_to(half);
        run_part(part.first(half), step, outcomes);
        run_part(part.subspan(half), step, outcomes);
        return;
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
        run_part(part.subspan(i, 1), step, outcomes);
    }
}

}  // namespace hrn::runtime
