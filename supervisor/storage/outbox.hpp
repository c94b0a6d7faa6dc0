// What the storage thread tells the loop: gathered while it works, posted in order at the end of each group,
// so that the loop is woken once a group and never sees half of one. And the conditions that `status` lists:
// raised once, cleared once.
//
// Owned by the storage thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/storage/storage.hpp"

namespace hrn::supervisor::storage {

class Outbox {
public:
    Outbox(StorageEvents& events, Post post) : events_(events), post_(std::move(post)) {}

    void add(std::function<void(StorageEvents&)> message) { messages_.push_back(std::move(message)); }
    void flush();

    // A code that is raised already is told again only if its text changed.
    void raise(const std::string& code, const std::string& text);
    void clear(const std::string& code);
    [[nodiscard]] bool is_raised(const std::string& code) const { return problems_.contains(code); }

private:
    StorageEvents& events_;
    Post post_;
    std::vector<std::function<void(StorageEvents&)>> messages_;
    std::map<std::string, std::string> problems_;  // code, text
};

}  // namespace hrn::supervisor::storage
