#include "supervisor/storage/folder_classes.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

namespace hrn::supervisor {
namespace {

// More steps than this apart is more than any queue can show, and a double must hold the shares' sums.
constexpr int kMostSteps = 8;

}  // namespace

FolderClasses::FolderClasses(const std::vector<FolderClass>& classes) {
    std::set<int> priorities{0};  // of what is not listed
    for (const FolderClass& one : classes) {
        priorities.insert(one.priority);
    }
    const auto share = [&](double weight, int priority) {
        const auto rank = std::distance(priorities.begin(), priorities.find(priority));
        return weight * std::pow(kPriorityStep, std::min<double>(static_cast<double>(rank), kMostSteps));
    };
    shares_.push_back(share(1, 0));
    for (const FolderClass& one : classes) {
        if (indices_.try_emplace(one.folder, shares_.size()).second) {
            shares_.push_back(share(one.weight, one.priority));
        }
    }
}

std::size_t FolderClasses::index_of(const std::string& top_folder) const {
    const auto found = indices_.find(top_folder);
    return found == indices_.end() ? 0 : found->second;
}

}  // namespace hrn::supervisor
