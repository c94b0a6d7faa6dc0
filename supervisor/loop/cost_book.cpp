#include "supervisor/loop/cost_book.hpp"

#include <bit>

namespace hrn::supervisor {

void CostBook::set_workers(const std::map<int, std::string>& devices) {
    by_worker_.clear();
    for (const auto& [worker, device] : devices) {
        by_worker_[worker] = &models_[device];
    }
}

void CostBook::learn(int worker, const Estimate& estimate, double seconds) {
    const auto found = by_worker_.find(worker);
    if (found == by_worker_.end()) {
        return;
    }
    found->second->learn(estimate, seconds);
    all_.learn(estimate, seconds);
    ++learned_;
}

double CostBook::seconds_on(int worker, const Estimate& estimate) const {
    const CostModel* model = model_of(worker);
    return model != nullptr && model->trained() ? model->seconds(estimate) : cost(estimate);
}

double CostBook::cost(const Estimate& estimate) const {
    return all_.trained() ? all_.seconds(estimate) : estimate.work;
}

const CostModel* CostBook::model_of(int worker) const {
    const auto found = by_worker_.find(worker);
    return found == by_worker_.end() ? nullptr : found->second;
}

int CostBook::edition() const {
    return learned_ < CostModel::kTrained ? 0 : std::bit_width(learned_);
}

}  // namespace hrn::supervisor
