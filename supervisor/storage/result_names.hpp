// Under which name below results/ (and done/, failed/) an image ends: the rules of design.md 5 as pure
// functions, and the names that unfinished tasks have reserved. Nothing is ever overwritten: a name is free
// only if no unfinished task has it and nothing lies there.
//
// Owned by the storage thread. The functions cannot fail; whether something lies at a name is asked through
// the caller's function, which may throw FsError.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "shared/task_id.hpp"

namespace hrn::supervisor::storage {

inline constexpr std::size_t kMaxNameBytes = 255;

// A path that incoming/ could have given: 1..3,900 bytes, single names between single slashes.
[[nodiscard]] bool is_valid_rel(std::string_view rel);

// name + suffix; if that is too long for one name, the name is cut (never inside a UTF-8 sequence) and ~ID
// inserted, which no other task can produce.
[[nodiscard]] std::string with_suffix(const std::string& name, std::string_view suffix, const TaskId& id);

// `number` 1 is REL itself with its folders renamed where they could be taken for results; 2 is REL~2 and so
// on. A folder that ends in an image extension, or in what these rules append to one (~2, ~dir), gets ~dir:
// the result of an image and a folder of users can never meet.
[[nodiscard]] std::string result_name(const std::string& rel, int number, const TaskId& id);

// The error file beside a failed original called `name`.
[[nodiscard]] std::string error_file_name(const std::string& name, const TaskId& id);

class NameReservations {
public:
    using Exists = std::function<bool(const std::string& result_name)>;

    // The first free name for REL, from now on reserved.
    [[nodiscard]] std::string reserve(const std::string& rel, const TaskId& id, const Exists& exists);
    // Of an unfinished row, or one that is tried again; false: another task has it.
    bool adopt(const std::string& name) { return reserved_.insert(name).second; }
    void release(const std::string& name) { reserved_.erase(name); }
    void clear();

private:
    std::unordered_set<std::string> reserved_;
    // Where to begin counting for a REL that came often; forgotten when it grows. Only a short cut.
    std::unordered_map<std::string, int> next_number_;
};

}  // namespace hrn::supervisor::storage
