// After the store was lost: rows of finished tasks, from results/ and failed/, a few at a time while the
// service works. What only the store knew (attempts in part, order, holds, statistics) stays lost. A fact in
// the store says that this is not finished, so that it begins again after a crash; rows that exist are left
// alone.
//
// Owned by the storage thread. Throws FsError, StoreError; the next step goes on behind the folder that
// failed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "supervisor/storage/directory_reader.hpp"
#include "supervisor/storage/folders.hpp"
#include "supervisor/storage/task_store.hpp"

namespace hrn::supervisor::storage {

class Rebuild {
public:
    Rebuild(Folders& folders, TaskStore& store) : folders_(folders), store_(store) {}

    // True from the making of the store (schema.cpp) until step() has said that it is finished.
    [[nodiscard]] static bool is_wanted(TaskStore& store);

    // true: finished, and said so in the store.
    bool step();
    [[nodiscard]] std::uint64_t rows() const { return rows_; }

private:
    struct Place {
        bool in_failed = false;
        std::string folder;  // below results/ or failed/
    };
    void enter_next();
    void look_at(const DirectoryReader::Entry& entry);
    void look_at_possible_result(const std::string& folder);
    void add_failed(const std::string& error_file);
    void store_gathered();

    Folders& folders_;
    TaskStore& store_;
    std::vector<Place> places_{{true, ""}, {false, ""}};
    Place here_;
    DirectoryReader reader_;  // of here_
    std::vector<TaskRow> gathered_;
    std::uint64_t rows_ = 0;
};

}  // namespace hrn::supervisor::storage
