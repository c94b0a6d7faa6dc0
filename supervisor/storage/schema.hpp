// The task store's schema: every table, and the version that this program writes. Changes go through a new
// version and a step in upgrade(); a released version is never edited.
//
// Called by the storage thread when the store is opened.
#pragma once

#include <cstdint>
#include <string>

#include "supervisor/storage/sqlite.hpp"

namespace hrn::supervisor::storage {

inline constexpr std::int64_t kSchemaVersion = 1;

// The file was written by a newer program: exit 2, one line.
class NewerSchema : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Sets the pragmas that durability rests on, makes the tables of a new file or upgrades an older one. Throws
// NewerSchema, StoreError.
void prepare_schema(Database& database, const std::string& path);

}  // namespace hrn::supervisor::storage
