#include "supervisor/loop/recall.hpp"

#include <algorithm>
#include <optional>

namespace hrn::supervisor {
namespace {

// Moving a task costs two messages and a decode: not for less than this share of its time.
constexpr double kWorthwhile = 0.1;

class Planner {
public:
    Planner(std::span<const Holder> holders, const CostSource* costs, TimePoint now) : costs_(costs) {
        for (const Holder& holder : holders) {
            Place place{&holder, holder.orders.size(), holder.backlog, {}};
            for (std::size_t i = 0; i < holder.orders.size(); ++i) {
                const HeldOrder& order = holder.orders[i];
                if (order.asked_back && now - *order.asked_back < kAnswerTime) {
                    --place.count;  // on its way
                    place.backlog -= cost(holder.index, order.id);
                    leaving_.push_back(order.id);
                } else if (!order.asked_back && !order.solo && i >= holder.batch) {
                    place.movable.push_back(order.id);
                }
            }
            places_.push_back(std::move(place));
        }
    }

    std::vector<Recall> plan() {
        // What is on its way already will go to those that are emptiest.
        for (const TaskId& task : leaving_) {
            if (Place* receiver = costs_ != nullptr ? soonest(task, nullptr) : emptiest(nullptr)) {
                move(task, nullptr, *receiver);
            }
        }
        if (costs_ != nullptr) {
            plan_by_time();
        }
        plan_by_number();
        return std::move(recalls_);
    }

private:
    struct Place {
        const Holder* holder;
        std::size_t count;  // held, after all that was planned
        double backlog;
        std::vector<TaskId> movable;
        std::size_t received = 0;
        bool settled = false;
    };

    [[nodiscard]] double cost(int worker, const TaskId& task) const {
        return costs_ != nullptr ? costs_->seconds_on(worker, task) : 0;
    }

    void move(const TaskId& task, Place* donor, Place& receiver) {
        if (donor != nullptr) {
            donor->movable.pop_back();
            --donor->count;
            donor->backlog -= cost(donor->holder->index, task);
            recalls_.push_back({donor->holder->index, task});
        }
        ++receiver.count;
        ++receiver.received;
        receiver.backlog += cost(receiver.holder->index, task);
    }

    Place* soonest(const TaskId& task, const Place* donor) {
        Place* best = nullptr;
        double best_finish = 0;
        for (Place& place : places_) {
            if (&place == donor || place.received >= place.holder->room) {
                continue;
            }
            const double finish = place.backlog + cost(place.holder->index, task);
            if (best == nullptr || finish < best_finish) {
                best = &place;
                best_finish = finish;
            }
        }
        return best;
    }

    Place* emptiest(const Place* donor) {
        Place* best = nullptr;
        for (Place& place : places_) {
            if (&place != donor && place.received < place.holder->room && place.count < place.holder->batch &&
                (best == nullptr || place.count < best->count)) {
                best = &place;
            }
        }
        return best;
    }

    // The worker that would be busy longest gives its last task away as long as that helps.
    void plan_by_time() {
        for (;;) {
            Place* donor = nullptr;
            for (Place& place : places_) {
                if (!place.settled && !place.movable.empty() &&
                    (donor == nullptr || place.backlog > donor->backlog)) {
                    donor = &place;
                }
            }
            if (donor == nullptr) {
                return;
            }
            const TaskId task = donor->movable.back();
            Place* receiver = soonest(task, donor);
            const double here = donor->backlog;
            if (receiver == nullptr || receiver->backlog + cost(receiver->holder->index, task) >
                                           here - kWorthwhile * cost(donor->holder->index, task)) {
                donor->settled = true;
                continue;
            }
            move(task, donor, *receiver);
        }
    }

    void plan_by_number() {
        for (;;) {
            Place* donor = nullptr;
            for (Place& place : places_) {
                if (!place.movable.empty() && place.count > place.holder->batch &&
                    (donor == nullptr || place.count > donor->count)) {
                    donor = &place;
                }
            }
            Place* receiver = donor != nullptr ? emptiest(donor) : nullptr;
            if (receiver == nullptr || receiver->count + 1 >= donor->count) {
                return;
            }
            move(donor->movable.back(), donor, *receiver);
        }
    }

    const CostSource* costs_;
    std::vector<Place> places_;
    std::vector<TaskId> leaving_;
    std::vector<Recall> recalls_;
};

}  // namespace

std::vector<Recall> plan_recalls(std::span<const Holder> holders, const CostSource* costs, TimePoint now) {
    return Planner(holders, costs, now).plan();
}

}  // namespace hrn::supervisor
