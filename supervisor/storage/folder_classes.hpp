// The shares of the top-level folders of incoming/ ([scheduling] classes, design.md 9): one number a folder,
// from its weight and its priority, used by intake (whose file is claimed next) and by dispatch (whose task
// is given out next).
//
// share = weight * 16^(rank of its priority among the priorities in use). A higher priority is served first
// in practice (16 to 1 for each step), but nobody waits for ever: with shares s_i a folder that has something
// to do gets one turn in every sum(s_i) / s of them (docs/design/scheduling.md). Pure; a value.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "shared/config.hpp"

namespace hrn::supervisor {

class FolderClasses {
public:
    static constexpr double kPriorityStep = 16;

    FolderClasses() : FolderClasses(std::vector<FolderClass>{}) {}
    explicit FolderClasses(const std::vector<FolderClass>& classes);

    // 0: the class of everything that is not listed; listed ones count from 1, in the order of the list.
    [[nodiscard]] std::size_t index_of(const std::string& top_folder) const;
    [[nodiscard]] std::size_t size() const { return shares_.size(); }
    [[nodiscard]] double share_at(std::size_t index) const { return shares_.at(index); }
    [[nodiscard]] double share_of(const std::string& top_folder) const {
        return share_at(index_of(top_folder));
    }

private:
    std::map<std::string, std::size_t> indices_;
    std::vector<double> shares_;
};

}  // namespace hrn::supervisor
