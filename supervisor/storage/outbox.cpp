#include "supervisor/storage/outbox.hpp"

#include "shared/log.hpp"

namespace hrn::supervisor::storage {

void Outbox::flush() {
    if (messages_.empty()) {
        return;
    }
    post_([&events = events_, messages = std::exchange(messages_, {})] {
        for (const auto& message : messages) {
            message(events);
        }
    });
}

void Outbox::raise(const std::string& code, const std::string& text) {
    std::string& known = problems_[code];
    if (known == text) {
        return;
    }
    known = text;
    log::warning(text, {{"problem", code}});
    add([code, text](StorageEvents& events) { events.on_problem(code, text); });
}

void Outbox::clear(const std::string& code) {
    if (problems_.erase(code) == 0) {
        return;
    }
    log::info("problem is over", {{"problem", code}});
    add([code](StorageEvents& events) { events.on_problem_cleared(code); });
}

}  // namespace hrn::supervisor::storage
