#include "supervisor/storage/commands.hpp"

#include <nlohmann/json.hpp>

namespace hrn::supervisor::storage {

using nlohmann::json;

namespace {

constexpr int kRetriesPerGroup = 256;

bool can_be_retried(TaskState state) {
    return next_state(state, TaskEvent::retry).has_value();
}

json id_list(const std::vector<TaskId>& ids) {
    json list = json::array();
    for (const TaskId& id : ids) {
        list.push_back(id.text());
    }
    return list;
}

json starting() {
    return error_answer("busy", "the service is still starting: its spool has not been looked at yet");
}

}  // namespace

void Commands::answer(const JsonCallback& done, json result) {
    outbox_.add([done, result = std::move(result)](StorageEvents&) { done(result); });
}

void Commands::show(const std::string& id_prefix, const JsonCallback& done) {
    answer(done, view_.show(id_prefix));
}

void Commands::list(const Storage::Listing& listing, const JsonCallback& done) {
    answer(done, view_.list(listing));
}

void Commands::resolve(const std::vector<std::string>& id_prefixes, const JsonCallback& done) {
    answer(done, view_.resolve(id_prefixes));
}

void Commands::find_claimed(const std::vector<std::string>& paths, std::int64_t since_ms,
                            const JsonCallback& done) {
    answer(done, view_.find_claimed(paths, since_ms));
}

std::optional<std::vector<TaskId>> Commands::unfinished(const std::vector<std::string>& id_prefixes,
                                                        const JsonCallback& done) {
    if (life_ == nullptr) {
        answer(done, starting());
        return std::nullopt;
    }
    TaskView::Resolved resolved = view_.resolve_ids(id_prefixes);
    if (!resolved.error_code.empty()) {
        answer(done, error_answer(resolved.error_code, resolved.error_message));
        return std::nullopt;
    }
    for (const TaskId& id : resolved.ids) {
        if (!life_->is_waiting_for_dispatch(id)) {
            answer(done, error_answer("wrong_state", "task " + id.text() + " is finished"));
            return std::nullopt;
        }
    }
    return std::move(resolved.ids);
}

void Commands::change(const std::vector<std::string>& id_prefixes, const JsonCallback& done,
                      const std::function<void(const std::vector<TaskId>&)>& act) {
    const auto ids = unfinished(id_prefixes, done);
    if (!ids) {
        return;
    }
    try {
        act(*ids);
        answer(done, {{"ids", id_list(*ids)}});
    } catch (const StoreError& error) {
        if (!error.is_disk_full()) {
            throw;
        }
        disk_->trouble(error);
        answer(done, error_answer("busy", std::string("nothing was changed: ") + error.what()));
    }
}

void Commands::set_held(const std::vector<std::string>& id_prefixes, bool held, const JsonCallback& done) {
    change(id_prefixes, done, [&](const std::vector<TaskId>& ids) { life_->set_held(ids, held); });
}

void Commands::bump(const std::vector<std::string>& id_prefixes, const JsonCallback& done) {
    change(id_prefixes, done, [&](const std::vector<TaskId>& ids) { life_->bump(ids); });
}

void Commands::clean(bool failed, std::int64_t before_ms, const JsonCallback& done) {
    if (janitor_ == nullptr) {
        answer(done, starting());
        return;
    }
    janitor_->clean(failed ? CleanWalk::What::failed_tasks : CleanWalk::What::done_originals, before_ms,
                    done);
}

void Commands::retry(const std::vector<std::string>& id_prefixes, bool all_failed, const JsonCallback& done) {
    if (life_ == nullptr) {
        answer(done, starting());
        return;
    }
    Retry retry;
    retry.all_failed = all_failed;
    retry.done = done;
    if (!all_failed) {
        const TaskView::Resolved resolved = view_.resolve_ids(id_prefixes);
        if (!resolved.error_code.empty()) {
            answer(done, error_answer(resolved.error_code, resolved.error_message));
            return;
        }
        for (const TaskId& id : resolved.ids) {
            const auto row = store_.find(id);
            if (!row || !can_be_retried(row->state)) {
                answer(done, error_answer("wrong_state", "task " + id.text() + " has not failed"));
                return;
            }
        }
        retry.ids.assign(resolved.ids.begin(), resolved.ids.end());
    }
    retries_.push_back(std::move(retry));
}

std::vector<TaskRow> Commands::next_rows(Retry& retry) {
    if (retry.all_failed && retry.ids.empty()) {
        const auto page = view_.failed_ids(retry.last, kRetriesPerGroup);
        retry.ids.assign(page.begin(), page.end());
        if (!page.empty()) {
            retry.last = page.back();
        }
    }
    std::vector<TaskRow> rows;
    while (!retry.ids.empty() && rows.size() < kRetriesPerGroup) {
        auto row = store_.find(retry.ids.front());
        retry.ids.pop_front();
        if (row && can_be_retried(row->state)) {  // another request may have been first
            rows.push_back(std::move(*row));
        }
    }
    return rows;
}

void Commands::work() {
    if (retries_.empty()) {
        return;
    }
    Retry& retry = retries_.front();
    json result;
    try {
        std::vector<TaskRow> rows = next_rows(retry);
        if (!rows.empty()) {
            const std::size_t asked = rows.size();
            const TaskId only = rows.front().id;
            const std::vector<TaskId> retried = life_->retry(std::move(rows));
            for (const TaskId& id : retried) {
                retry.retried.push_back(id.text());
            }
            if (retried.empty() && asked == 1 && !retry.all_failed) {
                result = error_answer("wrong_state", "the original of task " + only.text() +
                                                         " is not in failed/ any more: it stays failed");
            }
            if (!retry.ids.empty() || retry.all_failed) {
                return;  // the rest in the next group
            }
        }
    } catch (const fs::FsError& error) {
        disk_->trouble(error);
        result = error_answer(
            "busy", std::string("interrupted, and finished when the disk allows it: ") + error.what());
    } catch (const StoreError& error) {
        if (!error.is_disk_full()) {
            throw;
        }
        disk_->trouble(error);
        result = error_answer(
            "busy", std::string("interrupted, and finished when the disk allows it: ") + error.what());
    }
    if (result.is_null()) {
        result = {{"retried", retry.retried}};
    }
    answer(retry.done, std::move(result));
    retries_.pop_front();
}

}  // namespace hrn::supervisor::storage
