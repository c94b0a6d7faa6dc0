#include "supervisor/storage/waiting_files.hpp"

#include "supervisor/storage/task_row.hpp"

namespace hrn::supervisor::storage {

WaitingFiles::Group& WaitingFiles::group_of(const std::string& top_folder) {
    const auto [entry, made] = groups_.try_emplace(top_folder);
    if (made) {
        entry->second.top = top_folder;
        entry->second.share = classes_.share_of(top_folder);
    }
    return entry->second;
}

void WaitingFiles::leave_choice(const Group& group) {
    if (!group.claimable.empty()) {
        choice_.erase(choice_of(group));
    }
    sizes_.erase({group.all.size(), &group.top});
}

void WaitingFiles::enter_choice(const Group& group) {
    if (!group.claimable.empty()) {
        choice_.insert(choice_of(group));
    }
    if (!group.all.empty()) {
        sizes_.insert({group.all.size(), &group.top});
    }
}

void WaitingFiles::drop_if_unused(const std::string& top_folder) {
    const auto found = groups_.find(top_folder);
    if (found != groups_.end() && found->second.all.empty() && found->second.active == 0) {
        groups_.erase(found);
    }
}

void WaitingFiles::unlink(std::unordered_map<std::string, Entry>::iterator entry) {
    Group& group = *entry->second.group;
    const AgeKey key{entry->second.file.age_key, &entry->first};
    leave_choice(group);
    group.all.erase(key);
    group.claimable.erase(key);
    enter_choice(group);
    due_.erase({entry->second.due, &entry->first});
    const std::string top = group.top;
    files_.erase(entry);
    drop_if_unused(top);
}

bool WaitingFiles::make_room(const std::string& top_folder, const WaitingFile& file, bool counted) {
    if (files_.size() < limit_) {
        return true;
    }
    const Group& largest = groups_.at(*sizes_.rbegin()->second);
    const AgeKey youngest = *largest.all.rbegin();
    const auto own = groups_.find(top_folder);
    const bool equal_shares = own != groups_.end() && own->second.all.size() + 1 >= largest.all.size();
    if (youngest.first <= file.age_key && (largest.top == top_folder || equal_shares)) {
        dropped_ += counted ? 0 : 1;
        return false;
    }
    const auto leaving = files_.find(*youngest.second);
    // What a scan has not come to yet is counted when it does. A file that was unlisted takes the place of
    // one that will be: their number stays.
    dropped_ += counted || leaving->second.file.scan != file.scan ? 0 : 1;
    unlink(leaving);
    return true;
}

void WaitingFiles::add(WaitingFile file, Clock::time_point due, bool claimable, bool counted) {
    const auto known = files_.find(file.rel);
    if (known != files_.end()) {
        Entry& entry = known->second;
        const bool only_seen_again = file.notice == Notice::scanned && entry.file.notice != Notice::created &&
                                     (entry.claimable || entry.file.look == file.look);
        if (only_seen_again && !claimable) {
            entry.file.scan = file.scan;
            return;
        }
        file.age_key = std::min(file.age_key, entry.file.age_key);
        unlink(known);
    }
    const std::string top = top_folder_of(file.rel);
    if (!make_room(top, file, counted)) {
        return;
    }
    Group& group = group_of(top);
    const std::int64_t age = file.age_key;
    std::string rel = file.rel;
    const auto entry = files_.emplace(std::move(rel), Entry{std::move(file), due, claimable, &group}).first;
    const AgeKey key{age, &entry->first};
    leave_choice(group);
    group.all.insert(key);
    if (claimable) {
        group.claimable.insert(key);
    } else {
        due_.insert({due, &entry->first});
    }
    enter_choice(group);
}

void WaitingFiles::remove(const std::string& rel) {
    if (const auto found = files_.find(rel); found != files_.end()) {
        unlink(found);
    }
}

void WaitingFiles::remove_below(const std::string& folder) {
    const std::string prefix = folder + "/";
    for (auto entry = files_.begin(); entry != files_.end();) {
        const auto here = entry++;
        if (here->first.starts_with(prefix)) {
            unlink(here);
        }
    }
}

void WaitingFiles::remove_unseen(const std::string& folder, std::uint32_t before) {
    const std::string prefix = folder.empty() ? folder : folder + "/";
    for (auto entry = files_.begin(); entry != files_.end();) {
        const auto here = entry++;
        if (here->second.file.scan <= before && here->first.starts_with(prefix)) {
            unlink(here);
        }
    }
}

std::optional<WaitingFile> WaitingFiles::due(Clock::time_point now) const {
    if (due_.empty() || due_.begin()->first > now) {
        return std::nullopt;
    }
    return files_.at(*due_.begin()->second).file;
}

std::optional<Clock::time_point> WaitingFiles::next_due() const {
    return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

std::optional<WaitingFile> WaitingFiles::take() {
    if (choice_.empty()) {
        return std::nullopt;
    }
    const Group& group = groups_.at(*std::get<2>(*choice_.begin()));
    const auto entry = files_.find(*group.claimable.begin()->second);
    WaitingFile file = entry->second.file;
    unlink(entry);
    return file;
}

void WaitingFiles::set_classes(FolderClasses classes) {
    classes_ = std::move(classes);
    for (auto& [top, group] : groups_) {
        leave_choice(group);
        group.share = classes_.share_of(top);
        enter_choice(group);
    }
}

void WaitingFiles::count_active(const std::string& top_folder, int difference) {
    Group& group = group_of(top_folder);
    leave_choice(group);
    group.active += difference;
    enter_choice(group);
    drop_if_unused(top_folder);
}

}  // namespace hrn::supervisor::storage
